import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Settings
import Store
import Synchronization
import TestSupport
import Testing
import Transport
import Worker

/// The operator hears of it when Lago does not accept the server's key.
@Suite(.timeLimit(.minutes(3))) struct KeyAlarmTests {
    private static let start: Int64 = 1_800_000_000_000

    private static func outbox() async throws -> Outbox {
        let environment = ["SMTP_URL": "file:///tmp/mails", "OPERATOR_EMAIL": "ops@example.test,boss@example.test"]
        var source = try await SettingsSource(environment: environment)
        return Outbox(settings: MailSettings(&source, hasPublicURL: false))
    }

    /// Waits until what was submitted before is written.
    private static func alerts(_ store: Store) async throws -> [Message] {
        try await store.write { _ in }
        return try await store.messages(limit: 100).filter { $0.kind == "operator_alert" }
    }

    @Test func `many refusals make one mail to each operator, which says what to do`() async throws {
        let outbox = try await Self.outbox()
        let alarm = Mutex<KeyAlarm?>(nil)
        try await APIWorld.running(
            alert: { store in
                let alarm = alarm.withLock { kept in
                    let made = kept ?? KeyAlarm(store: store, outbox: outbox, logger: quietLogger) { Self.start }
                    kept = made
                    return made
                }
                alarm.raise()
            },
            lagoKey: "not-the-key",
            routes: { store, client in
                CustomerRoutes(LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now)).routes
            },
            body: { world in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<30 {
                        group.addTask {
                            let answer = try await world.call("GET", "/customers?external_id=c\(number)")
                            #expect(answer.status == 502)
                            #expect(try answer.object["code"] as? String == "lago_unauthorized")
                        }
                    }
                    try await group.waitForAll()
                }
                let alerts = try await Self.alerts(world.store)
                #expect(Set(alerts.map(\.recipient)) == ["ops@example.test", "boss@example.test"] && alerts.count == 2)
                #expect(alerts.allSatisfy { $0.state == .queued && $0.arguments.contains("LAGO_API_KEY") })
                #expect(alerts.allSatisfy { $0.arguments.contains("Lago does not accept Sluice's key") })
                #expect(alerts.allSatisfy { !$0.arguments.contains("not-the-key") })
                #expect(try await world.store.jobs(limit: 10).count { $0.kind == "mail" } == 2)
            }
        )
    }

    @Test func `the next mail is an hour away, in this process and in any other`() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.path("sluice.db"))
        let outbox = try await Self.outbox()
        let time = Mutex(Self.start)
        let now: @Sendable () -> Int64 = { time.withLock { $0 } }
        func alarm() -> KeyAlarm { KeyAlarm(store: store, outbox: outbox, logger: quietLogger, now: now) }
        let first = alarm()
        // Minutes, and how many mails there are by then.
        for (minute, mails) in [(0, 2), (0, 2), (1, 2), (30, 2), (59, 2), (60, 4), (61, 4), (119, 4), (120, 6)] {
            time.withLock { $0 = Self.start + Int64(minute) * 60_000 }
            first.raise()
            // As after a restart.
            alarm().raise()
            #expect(try await Self.alerts(store).count == mails, "minute \(minute)")
        }
        // A clock that went back keeps nothing from the operator.
        time.withLock { $0 = Self.start - 7 * 86_400_000 }
        first.raise()
        #expect(try await Self.alerts(store).count == 8)
        try await store.close()
    }
}
