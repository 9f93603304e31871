import Foundation
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// Usage through the program: taken while Lago is away, there once when it is back, and felt in the balance at once.
@Suite(.timeLimit(.minutes(5)), .serialized) struct UsageLoopTests {
    private static let key = "server-key-for-tests-0123456789"

    private struct Stage: Sendable {
        let lago: SandboxPeer
        let home: SluiceHome

        /// The status of `POST /api/lago/usage`; nil where the connection ended before an answer.
        func post(_ json: String, to port: Int) async throws -> Int? {
            let headers = [("Authorization", "Bearer \(UsageLoopTests.key)"), ("Content-Type", "application/json")]
            let request = HTTPRequestText("POST", "/api/lago/usage", headers: headers, body: Array(json.utf8))
            return try await request.send(to: port)?.status
        }

        func waiting() async throws -> Int {
            let store = try Store(path: self.home.storePath, access: .command)
            let count = try await store.usageBacklog().count
            try await store.close()
            return count
        }

        func settles() async throws {
            let isEmpty = try await eventually(within: .seconds(60)) { try await self.waiting() == 0 }
            try #require(isEmpty)
        }
    }

    private func onStage(settings: [String: String] = [:], body: (Stage) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            for customer in ["c", "d"] {
                try lago.sandbox.createCustomer(customer, email: "\(customer)@example.test", credits: "22")
            }
            let own = ["API_KEYS": Self.key, "LAGO_MAX_REQUESTS_PER_SECOND": "1000"]
            let home = try SluiceHome(lago.settings.merging(own) { $1 }.merging(settings) { $1 })
            try await body(Stage(lago: lago, home: home))
        }
    }

    /// Sends events one after another until the process goes away or `count` were answered; returns those answered 202.
    private func send(_ stage: Stage, to port: Int, from first: Int, _ count: Int) async -> [String] {
        await withTaskGroup(of: [String].self) { group in
            for lane in 0..<8 {
                group.addTask {
                    var taken: [String] = []
                    for number in stride(from: first + lane, to: first + count, by: 8) {
                        let id = "t\(number)"
                        let event =
                            #"{"transaction_id":"\#(id)","external_subscription_id":"sub_c","code":"api_calls","#
                            + #""properties":{"calls":"0.001"}}"#
                        guard let status = try? await stage.post(event, to: port) else { return taken }
                        if status == 202 { taken.append(id) }
                    }
                    return taken
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test func `Lago away and a kill in between: every event that was answered 202 is at Lago once`() async throws {
        try await self.onStage { stage in
            var taken: [String] = []
            let away = {
                var faults = Faults()
                faults.only = "/events"
                faults.closedBeforeEffect = .always
                return faults
            }()
            stage.lago.sandbox.faults = away
            for round in 0..<3 {
                let process = try stage.home.start(["serve"])
                try await process.while {
                    let port = try await process.port()
                    _ = try await stage.post(
                        #"{"external_subscription_id":"sub_c","transaction_id":"r\#(round)","code":"api_calls"}"#,
                        to: port
                    )
                    // Killed in the midst of taking; and in the last round, of forwarding with answers lost.
                    if round == 2 {
                        var lossy = Faults()
                        lossy.only = "/events"
                        lossy.closedAfterEffect = .next(2)
                        stage.lago.sandbox.faults = lossy
                    }
                    async let sent = self.send(stage, to: port, from: round * 1000, 1000)
                    let before = stage.lago.sandbox.usageEvents.count
                    _ = await eventually {
                        round == 2
                            ? stage.lago.sandbox.usageEvents.count > before
                            : stage.lago.sandbox.requestCount("/events/batch") > round
                    }
                    process.signal(SIGKILL)
                    taken += await sent
                }
            }
            #expect(taken.count > 0)
            stage.lago.sandbox.faults = Faults()
            try await stage.home.serving { _ in try await stage.settles() }
            let arrived = stage.lago.sandbox.usageEvents.map { "\($0.subscription ?? "") \($0.transactionID)" }
            #expect(Set(arrived).count == arrived.count, "nothing is doubled")
            let missing = Set(taken.map { "sub_c \($0)" }).subtracting(arrived)
            #expect(missing.isEmpty, "\(missing.count) of \(taken.count) are lost")
        }
    }

    @Test func `usage near a threshold is followed by the mail within ten seconds`() async throws {
        try await self.onStage { stage in
            var home = stage.home
            let mails = home.folder.url.appending(path: "mails")
            home.settings["SMTP_URL"] = "file://\(mails.path)"
            let served = Stage(lago: stage.lago, home: home)
            try await home.serving { sluice in
                let port = try await sluice.port()
                #expect(try await eventually { try await home.hasSeen(["c", "d"]) })
                let body = #"{"external_customer_id":"c","code":"api_calls","properties":{"calls":"30"}}"#
                let began = ContinuousClock.now
                #expect(try await served.post(body, to: port) == 202)
                let isMailed = await eventually(within: .seconds(20)) {
                    let names = try? FileManager.default.contentsOfDirectory(atPath: mails.path)
                    return names?.contains { $0.hasSuffix(".eml") } == true
                }
                let took = ContinuousClock.now - began
                #expect(isMailed && took < .seconds(10))
                print("a mail followed usage through the proxy after \(took)")
                let metrics = try #require(try await HTTPRequestText("GET", "/metrics").send(to: port)).text
                #expect(metrics.contains("sluice_usage_events_total{outcome=\"accepted\"} 1"))
                #expect(metrics.contains("sluice_usage_events_total{outcome=\"forwarded\"} 1"))
                #expect(metrics.contains("sluice_usage_waiting 0"))
                #expect(metrics.contains("sluice_usage_oldest_waiting_seconds 0"))
            }
        }
    }

    @Test func `a receiver takes usage and a worker beside it brings it to Lago`() async throws {
        try await self.onStage { stage in
            try await stage.home.serving(["--role", "receiver"]) { receiver in
                let port = try await receiver.port()
                let taken = await self.send(stage, to: port, from: 0, 200)
                #expect(taken.count == 200 && stage.lago.sandbox.usageEvents.isEmpty)
                try await stage.home.serving(["--role", "worker"]) { _ in
                    try await stage.settles()
                    let last = await self.send(stage, to: port, from: 200, 1)
                    #expect(last == ["t200"])
                    #expect(await eventually(within: .seconds(5)) { stage.lago.sandbox.usageEvents.count == 201 })
                }
            }
        }
    }

    @Test func `an event that Lago refuses is listed as a dead letter, and can be retried and discarded`() async throws
    {
        try await self.onStage { stage in
            stage.lago.sandbox.onRequest = { request in
                request.moment == .beforeEffect && request.body.contains("poison") ? .answered(422) : .goOn
            }
            try await stage.home.serving { sluice in
                let port = try await sluice.port()
                let event = #"{"transaction_id":"poison","external_subscription_id":"sub_c","code":"api_calls"}"#
                #expect(try await stage.post(event, to: port) == 202)
                let dead = { try await stage.home.rows("jobs", "list", "--state", "dead") }
                #expect(try await eventually { try await dead().count == 1 })
                let job = try #require(try await dead().first)
                #expect(job["kind"] as? String == "usage" && job["key"] as? String == "sub_c/poison")
                #expect(job["external_customer_id"] as? String == "c")
                stage.lago.sandbox.onRequest = nil
                let id = try #require(job["id"] as? Int)
                _ = try await stage.home.rows("jobs", "retry", "\(id)")
                #expect(await eventually { stage.lago.sandbox.usageEvents.map(\.transactionID) == ["poison"] })
                #expect(try await eventually { try await dead().isEmpty })
            }
        }
    }
}
