import Foundation
import Sandbox
import TestSupport
import Testing

/// Roles apart, and the end of a process.
@Suite(.timeLimit(.minutes(5))) struct RoleTests {
    struct Event: Decodable {
        let key: String
        let outcome: String
    }

    struct Job: Decodable {
        let external_customer_id: String?
        let state: String
    }

    @Test func `a receiver and a worker on one file work together`() async throws {
        try await SandboxPeer.running {
            $0.customers = []  // else the baseline brings looks of its own
        } body: { lago in
            var home = try SluiceHome(lago.settings)
            home.settings["BALANCE_DEBOUNCE"] = "50ms"
            try await home.serving(["--role", "receiver"]) { receiver in
                try await home.serving(["--role", "worker"]) { worker in
                    let (port, workerPort) = (try await receiver.port(), try await worker.port())
                    let webhook = try Webhook.hmac(Webhook.body(of: "cust_1"), key: lago.sandbox.keys.hmac)
                    #expect(try await webhook.send(to: workerPort)?.status == 404)
                    let sent = ContinuousClock.now
                    #expect(try await webhook.send(to: port)?.status == 200)
                    var took: Duration?
                    _ = await eventually {
                        if worker.messages.contains("attempt succeeded") { took = .now - sent }
                        return took != nil
                    }
                    #expect(try #require(took) < .seconds(3))
                    #expect(try await home.json("jobs", "list", as: [Job].self).map(\.state) == ["done"])
                    #expect(try await home.json("events", "list", as: [Event].self).map(\.outcome) == ["processed"])
                    for port in [port, workerPort] {
                        #expect(try await HTTPRequestText("GET", "/readyz").send(to: port)?.status == 200)
                    }
                }
            }
        }
    }

    @Test func `a receiver and a worker may make their file at the same time`() async throws {
        for _ in 1...10 {
            let home = try SluiceHome()
            let receiver = try home.start(["serve", "--role", "receiver"])
            try await receiver.while {
                let worker = try home.start(["serve", "--role", "worker"])
                try await worker.while {
                    for process in [receiver, worker] {
                        let port = try await process.port()
                        #expect(try await HTTPRequestText("GET", "/readyz").send(to: port)?.status == 200)
                    }
                }
            }
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal under load ends the process with exit code 0 and loses nothing`(signal: Int32) async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey, "LOG_LEVEL": "notice"])
        let load = WebhookLoad(key: Webhook.hmacKey, customers: 5)
        try await home.serving { sluice in
            let port = try await sluice.port()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await load.send(to: port) } }
                #expect(await eventually { load.acknowledged.count > 200 })
                let asked = ContinuousClock.now
                sluice.signal(signal)
                let ending = try await sluice.ending(within: .seconds(15))
                #expect(ending.code == 0 && !ending.isBySignal, "\(ending.errors)")
                #expect(ContinuousClock.now - asked < .seconds(10))
                #expect(sluice.messages.last == "stopped")
                try await group.waitForAll()
            }
        }
        let kept = Set(try await home.json("events", "list", "--limit", "1000000", as: [Event].self).map(\.key))
        #expect(kept.isSuperset(of: load.acknowledged.map(\.key)))
    }

    @Test func `a connection that sends nothing does not hold up the end`() async throws {
        try await SluiceHome().serving { sluice in
            try await TCPClient.connected(to: try await sluice.port()) { connection in
                try await connection.write("POST /webhooks/lago HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
                sluice.signal(SIGTERM)
                #expect(try await sluice.ending(within: .seconds(15)).code == 0)
            }
        }
    }

    @Test func `a restart takes Lago's tokens while Lago is away`() async throws {
        var home = try SluiceHome()
        let webhook = try await SandboxPeer.running { lago in
            home.settings.merge(lago.settings) { $1 }
            let webhook = try Webhook.jwt(Webhook.body(), with: lago.sandbox.keys.rsa)
            try await home.serving { sluice in
                let port = try await sluice.port()
                let isTaken = try await eventually { try await webhook.send(to: port)?.status == 200 }
                #expect(isTaken)
            }
            return webhook
        }
        try await home.serving { sluice in
            let port = try await sluice.port()
            #expect(try await webhook.send(to: port)?.status == 200)
            let forged = webhook.with("X-Lago-Signature", "a.b.c")
            #expect(try await forged.send(to: port)?.status == 401)
            let isDegraded = try await eventually {
                let ready = try await HTTPRequestText("GET", "/readyz").send(to: port)
                return ready?.status == 200 && ready?.text.contains("degraded") == true
            }
            #expect(isDegraded)
        }
    }

    @Test func `a worker that was stopped for a while goes on`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey])
        try await home.serving { sluice in
            let port = try await sluice.port()
            sluice.signal(SIGSTOP)
            let webhook = try Webhook.hmac(Webhook.body())
            async let answer = webhook.send(to: port)
            sluice.signal(SIGCONT)
            #expect(try await answer?.status == 200)
        }
    }
}
