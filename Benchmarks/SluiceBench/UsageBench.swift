import Foundation
import NIOCore
import Sandbox
import Signatures

/// Accepted usage events per second beside the same server's no-op POST: one event a call, and a hundred.
struct UsageBench {
    let folder: URL

    private static let connections = 64
    private static let customers = 100
    private static let noops = 60_000
    private static let singles = 60_000
    private static let batches = 2_000
    private static let key = "server-key-of-the-bench-0123456789"

    /// Taking alone, and beside the worker, who brings the events to a simulated Lago meanwhile, in the same process.
    func run() async throws {
        for role in ["receiver", "all"] { try await self.run(role: role) }
    }

    private func run(role: String) async throws {
        let folder = self.folder.appending(path: role)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await withLago(try RSAPrivateKey(), configured: { $0.customers = [] }) { lago in
            for number in 0..<Self.customers { try lago.sandbox.createCustomer("cust_\(number)") }
            let server = try ServerUnderTest(
                folder: folder,
                role: role,
                environment: lago.environment.merging(["API_KEYS": Self.key]) { $1 }
            )
            try await server.start()
            defer { server.stop() }
            try await self.measureAll(server)
        }
    }

    private func measureAll(_ server: ServerUnderTest) async throws {
        print("usage, serve --role \(server.role), \(Self.connections) connections:")
        let load = LoadGenerator(port: server.port, connections: Self.connections)
        let single = Self.request("/bench/noop", Self.event(0))
        let noop = try await load.run([single], repeated: Self.noops)
        self.show("noop", noop, events: 1, against: nil)
        // The subscriptions are looked up once beforehand.
        _ = try await load.run((0..<Self.customers).map { Self.request("/api/lago/usage", Self.event($0)) })
        let first = Self.customers
        let singles = (first..<first + Self.singles).map { Self.request("/api/lago/usage", Self.event($0)) }
        self.show("one event", try await load.run(singles), events: 1, against: noop)
        let batches = (0..<Self.batches).map { Self.request("/api/lago/usage", Self.batch(of: 100, $0)) }
        self.show("a hundred events", try await load.run(batches), events: 100, against: noop)
        let memory = Machine.residentMemory(of: server.process.processIdentifier)
        print(String(format: "memory %.0f MiB", memory))
    }

    private func show(
        _ name: String,
        _ figures: LoadGenerator.Figures,
        events: Int,
        against noop: LoadGenerator.Figures?
    ) {
        let ratio = noop.map { String(format: "%.2f x noop", figures.perSecond / $0.perSecond) } ?? "1"
        print(
            String(
                format: "%@ a call: %7.0f events per second, %7.0f calls (%@), p50 %.2f ms, p99 %.2f ms, refused %d",
                name,
                figures.perSecond * Double(events),
                figures.perSecond,
                ratio,
                figures.percentile(0.5),
                figures.percentile(0.99),
                figures.refused
            )
        )
    }

    /// An event as an application sends it; no two are alike.
    private static func event(_ number: Int) -> String {
        #"{"transaction_id":"\#(UUID().uuidString)","external_subscription_id":"sub_cust_\#(number % Self.customers)","#
            + #""code":"api_calls","timestamp":1785571200.\#(number % 900 + 100),"#
            + #""properties":{"calls":"0.01","model":"large","tokens":\#(number)}}"#
    }

    private static func batch(of count: Int, _ number: Int) -> String {
        #"{"events":[\#((0..<count).map { Self.event(number * count + $0) }.joined(separator: ","))]}"#
    }

    private static func request(_ path: String, _ body: String) -> ByteBuffer {
        ByteBuffer(
            string: """
                POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
                Authorization: Bearer \(Self.key)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
                """
        )
    }
}
