import Logging
import Sandbox
import ServiceLifecycle
import TestSupport
import Testing
import Transport

struct SandboxTests {
    @Test func `a graceful shutdown ends it in the middle of things`() async throws {
        var configuration = SandboxConfiguration()
        configuration.lifePerSecond = 100
        configuration.rsaKey = try rsaKey.get()
        let sandbox = try Sandbox(configuration: configuration, logger: quiet)
        try sandbox.addEndpoint(url: "http://127.0.0.1:1/hooks")
        let group = ServiceGroup(services: [sandbox], gracefulShutdownSignals: [], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let client = try LagoClient(port: try await sandbox.port, apiKey: configuration.apiKey)
            #expect(try await client.get("/ready").status == 200)
            #expect(await eventually { sandbox.deliveries.contains { $0.state == .retrying } })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            await #expect(throws: TransferError.self) { try await client.get("/ready") }
        }
    }

    @Test func `who waits for the port learns that there will be none`() async throws {
        try await withSandbox { first, _ in
            var configuration = SandboxConfiguration()
            configuration.port = try await first.port
            configuration.rsaKey = try rsaKey.get()
            let second = try Sandbox(configuration: configuration, logger: quiet)
            let port = Task { try await second.port }
            await #expect(throws: (any Error).self) { try await second.run() }
            await #expect(throws: SandboxError.notListening) { try await port.value }
        }
    }

    @Test func `ten webhooks are under way at a time`() async throws {
        let arrived = Record<Int>()
        let answered = Record<Int>()
        let waiting = Record<Int>()
        try await TCPPeer.serving { connection in
            guard try await connection.readRequest() != nil else { return }
            arrived.add(connection.number)
            waiting.add(arrived.count - answered.count)
            _ = await eventually { arrived.count >= 10 }
            answered.add(connection.number)
            try await connection.respond()
        } during: { peer in
            try await withSandbox { sandbox, _ in
                try sandbox.addEndpoint(url: "http://127.0.0.1:\(peer.port)/", algorithm: .hmac)
                for _ in 1...25 { try sandbox.emit(.feeCreated) }
                #expect(await eventually { sandbox.deliveries.allSatisfy { $0.state == .succeeded } })
                #expect(waiting.all.max() == 10)
            }
        }
    }
}
