import Foundation
import NIOCore
import Sandbox
import Signatures
import Store

/// Reads of the API: wallets with their live balance, from the store, and plans, passed on from Lago.
struct ReadBench {
    let folder: URL

    private static let customers = 200
    private static let reads = 50_000
    private static let passes = 2_000
    private static let key = "bench-key-0123456789abcdef"

    func run() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let customers = (0..<Self.customers).map { "cust_\($0)" }
        let setUp: (inout SandboxConfiguration) -> Void = {
            $0.customers = customers.map { .init(externalID: $0, name: $0, email: nil, credits: "100") }
        }
        try await withLago(try RSAPrivateKey(), configured: setUp) { lago in
            let environment = lago.environment.merging(["API_KEYS": Self.key]) { $1 }
            let server = try ServerUnderTest(folder: self.folder, environment: environment)
            try await server.start()
            defer { server.stop() }
            let store = try Store(path: self.folder.appending(path: "sluice.db").path, access: .command)
            try await waiting(upTo: .seconds(120), for: "the balances") {
                try await store.accounts().count >= Self.customers
            }
            try await store.close()
            let wallets = customers.map {
                Self.request("/api/lago/wallets?external_customer_id=\($0)", "127.0.0.1:\(server.port)", Self.key)
            }
            for connections in [32, 64] {
                let load = LoadGenerator(port: server.port, connections: connections)
                self.show("wallets", connections, try await load.run(wallets, repeated: Self.reads), server)
            }
            try await self.measurePlans(server, lago)
        }
    }

    /// One at a time, and four at once: more at once wait for each other at Lago's own cap.
    private func measurePlans(_ server: ServerUnderTest, _ lago: Lago) async throws {
        guard let url = lago.environment["LAGO_API_URL"].flatMap(URL.init(string:)), let port = url.port,
            let lagoKey = lago.environment["LAGO_API_KEY"]
        else { throw BenchError(description: "the simulated Lago has no address") }
        for connections in [1, 4] {
            let own = try await LoadGenerator(port: port, connections: connections)
                .run([Self.request("/api/v1/plans", "127.0.0.1:\(port)", lagoKey)], repeated: Self.passes)
            let passed = try await LoadGenerator(port: server.port, connections: connections)
                .run([Self.request("/api/lago/plans", "127.0.0.1:\(server.port)", Self.key)], repeated: Self.passes)
            self.show("plans at Lago", connections, own, nil)
            self.show("plans", connections, passed, server)
            print(
                String(
                    format: "plans, %d connections: p50 %.2f ms over Lago's own",
                    connections,
                    passed.percentile(0.5) - own.percentile(0.5)
                )
            )
        }
    }

    private static func request(_ target: String, _ host: String, _ key: String) -> ByteBuffer {
        ByteBuffer(string: "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer \(key)\r\n\r\n")
    }

    private func show(_ name: String, _ connections: Int, _ figures: LoadGenerator.Figures, _ server: ServerUnderTest?)
    {
        let memory = server.map {
            String(format: ", memory %.0f MiB", Machine.residentMemory(of: $0.process.processIdentifier))
        }
        print(
            String(
                format: "%@, %d connections: %.0f per second, p50 %.2f ms, p99 %.2f ms, refused %d",
                name,
                connections,
                figures.perSecond,
                figures.percentile(0.5),
                figures.percentile(0.99),
                figures.refused
            ) + (memory ?? "")
        )
    }
}
