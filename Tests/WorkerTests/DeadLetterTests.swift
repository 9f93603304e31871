import Jobs
import Store
import TestSupport
import Testing
import Worker

/// Jobs that were given up are told to the operator, each once.
@Suite(.timeLimit(.minutes(1))) struct DeadLetterTests {
    @Test func `a job that is given up is one alert, and one more when it is given up again`() async throws {
        var fixture = try WorkerFixture()
        fixture.handlers[.chore] = { _ in JobOutcome(.permanent(reason: "the wallet is of wax")) }
        let watch = DeadLetterWatch(
            store: fixture.store,
            outbox: try await fixture.outbox(),
            interval: .milliseconds(20),
            logger: quietLogger,
            now: WorkerFixture.now
        )
        let store = fixture.store
        let told = { try await store.messages(MessageFilter(kind: "operator_alert"), limit: 10) }
        try await fixture.enqueue(.chore("a"))
        let worker = fixture
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch.run() }
            try await worker.working {
                try #require(try await eventually { try await told().count == 1 })
                let alert = try #require(try await told().first)
                #expect(alert.recipient == "ops@example.test" && alert.arguments.contains("the wallet is of wax"))
                #expect(alert.arguments.contains("sluice jobs retry"))
                let job = try #require(try await store.jobs(JobFilter(kind: "chore"), limit: 1).first)
                _ = try await store.write { try $0.retry(JobID(rawValue: job.id), at: WorkerFixture.now()) }
                try #require(try await eventually { try await told().count == 2 })
            }
            group.cancelAll()
        }
    }
}
