import Foundation
import Jobs
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// Kills the service again and again under load. `TORTURE_ROUNDS` sets how often; 100 unless it is set.
@Suite(.serialized) struct TortureTests {
    private static let rounds = ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap { Int($0) } ?? 100
    private static let customers = 20

    @Test(.timeLimit(.minutes(60)))
    func `what was answered 200 survives kill after kill, and every due job runs`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(Self.customers)
        } body: { lago in
            let home = try SluiceHome(
                lago.settings.merging(
                    ["BALANCE_DEBOUNCE": "50ms", "LAGO_MAX_REQUESTS_PER_SECOND": "1000", "LOG_LEVEL": "notice"]
                ) { $1 }
            )
            let load = WebhookLoad(key: lago.sandbox.keys.hmac, customers: Self.customers)
            for round in 1...Self.rounds { try await Self.round(round, home: home, load: load) }
            try await home.serving { sluice in
                let aftermath = Aftermath(store: try Store(path: home.storePath, access: .command), load: load)
                #expect(await aftermath.settles(), "work is stuck")
                #expect(sluice.isRunning)
                let figures = try await aftermath.check()
                print("kills: rounds \(Self.rounds), \(figures)")
            }
        }
    }

    /// Starts the service on the same file, lets senders at it, and kills it; now and then before it listens.
    private static func round(_ number: Int, home: SluiceHome, load: WebhookLoad) async throws {
        let sluice = try home.start(["serve"])
        try await sluice.while {
            if number.isMultiple(of: 10) {
                try await Task.sleep(for: .milliseconds(.random(in: 0...150)))
            } else {
                let port = try await sluice.port()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 { group.addTask { try await load.send(to: port) } }
                    // The moment of death is what the test varies.
                    try await Task.sleep(for: .milliseconds(.random(in: 5...150)))
                    sluice.signal(SIGKILL)
                    try await group.waitForAll()
                }
            }
            sluice.signal(SIGKILL)
            let ending = try await sluice.ending()
            #expect(ending.isBySignal && ending.code == SIGKILL, "\(ending.errors)")
        }
    }
}
