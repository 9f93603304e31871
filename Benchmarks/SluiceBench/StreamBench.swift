import Foundation
import LagoEvents
import NIOCore
import NIOPosix
import Store
import Synchronization

/// Clients that listen to live balances: the memory that idle ones take, and how long a balance takes from its commit,
/// in another process than the server's, to the client.
struct StreamBench {
    let folder: URL

    private static let idle = 5_000
    private static let watched = 100
    private static let rounds = 10
    private static let key = "the-key-of-the-stream-bench-0123"
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    func run() async throws {
        Machine.raiseFileLimit()
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let path = self.folder.appending(path: "sluice.db").path
        let seeding = try Store(path: path)
        try await seeding.write { transaction in
            for number in 0..<(Self.idle + Self.watched) { try transaction.save(Self.reading(number, cents: 0)) }
        }
        try await seeding.close()
        let server = try ServerUnderTest(folder: self.folder, role: "receiver", environment: Self.environment)
        try await server.start()
        defer { server.stop() }
        let store = try Store(path: path, access: .command)
        try await self.measure(server, store)
        try await store.close()
    }

    private static let environment = [
        // Nothing is asked of Lago: every customer has a balance.
        "LAGO_API_URL": "http://127.0.0.1:1", "LAGO_API_KEY": "none", "LAGO_WEBHOOK_HMAC_KEY": Webhooks.hmacKey,
        "LAGO_WEBHOOK_ALGORITHMS": "hmac", "API_KEYS": Self.key, "RATE_LIMIT_PER_MINUTE": "1000000",
    ]

    private func measure(_ server: ServerUnderTest, _ store: Store) async throws {
        let heard = Heard()
        // The first streams bring what all of them share.
        let watched = try await self.listen(0..<Self.watched, server.port, heard)
        let before = Machine.residentMemory(of: server.process.processIdentifier)
        let began = ContinuousClock.now
        let idle = try await self.listen(Self.watched..<(Self.watched + Self.idle), server.port, heard)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let after = Machine.residentMemory(of: server.process.processIdentifier)
        print(
            String(
                format: "streams: %d idle, begun in %.1f s: %.0f MiB, %.0f MiB without, %.1f KiB each",
                Self.idle,
                seconds,
                after,
                before,
                (after - before) * 1024 / Double(Self.idle)
            )
        )
        try await self.measureRest(server)
        try await self.measureDelay(store, heard)
        for channel in watched + idle { channel.close(promise: nil) }
    }

    /// What streams cost on which nothing happens, heartbeats included.
    private func measureRest(_ server: ServerUnderTest) async throws {
        let before = Machine.processorTime(of: server.process.processIdentifier)
        try await Task.sleep(for: .seconds(20))
        let used = Machine.processorTime(of: server.process.processIdentifier) - before
        print(String(format: "streams at rest: %.1f %% of a core", used / 20 * 100))
    }

    private func measureDelay(_ store: Store, _ heard: Heard) async throws {
        var committed: [Int64: ContinuousClock.Instant] = [:]
        for round in 0..<Self.rounds {
            for number in 0..<Self.watched {
                // Off the beat of the polls.
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...5)))
                let cents = Int64(1 + round * Self.watched + number)
                let reading = Self.reading(number, cents: cents)
                try await store.write { try $0.save(reading) }
                committed[cents] = .now
            }
            // One that is overtaken by the next is not sent, so each is waited for.
            try await heard.wait("balances") { heard in committed.keys.allSatisfy { heard.arrivals[$0] != nil } }
        }
        let arrivals = heard.state.withLock { $0.arrivals }
        let delays = committed.compactMap { cents, at in arrivals[cents].map { ($0 - at) / .milliseconds(1) } }.sorted()
        print(
            String(
                format: "commit to client, %d streams open: p50 %.1f ms, p99 %.1f ms, worst %.1f ms",
                Self.idle + Self.watched,
                delays[delays.count / 2],
                delays[delays.count * 99 / 100],
                delays[delays.count - 1]
            )
        )
    }

    private static func reading(_ number: Int, cents: Int64) -> BalanceReading {
        BalanceReading(
            customer: CustomerID(rawValue: "listener-\(number)"),
            account: "USD",
            currency: "USD",
            settledCents: 100_000,
            liveCents: cents,
            credits: "\(cents).0",
            at: 1
        )
    }

    /// Begins streams, some at a time, and returns once each has its first balance.
    private func listen(_ numbers: Range<Int>, _ port: Int, _ heard: Heard) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 100) {
            for number in start..<min(start + 100, numbers.upperBound) {
                let channel = try await ClientBootstrap(group: Self.group)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Ear(number, key: Self.key, heard))
                        }
                    }
                    .connect(host: "127.0.0.1", port: port).get()
                channels.append(channel)
            }
            let count = channels.count + numbers.lowerBound
            try await heard.wait("streams") { $0.begun >= count }
        }
        return channels
    }

    /// What all clients have heard.
    private final class Heard: Sendable {
        struct State {
            var begun = 0
            /// By the balance, which is another one each time.
            var arrivals: [Int64: ContinuousClock.Instant] = [:]
            var refusal: String?
        }

        let state = Mutex(State())

        func wait(_ what: String, _ condition: (State) -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(60)
            while !condition(self.state.withLock { $0 }) {
                if let refusal = self.state.withLock({ $0.refusal }) { throw BenchError(description: refusal) }
                guard ContinuousClock.now < deadline else { throw BenchError(description: "no \(what) in a minute") }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let request: String
        private let heard: Heard
        private var hasBegun = false

        init(_ number: Int, key: String, _ heard: Heard) {
            self.request = """
                GET /api/lago/wallets/stream?external_customer_id=listener-\(number) HTTP/1.1\r
                Host: 127.0.0.1\r
                Authorization: Bearer \(key)\r
                \r

                """
            self.heard = heard
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: self.request)), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            if text.hasPrefix("HTTP/1.1"), !text.hasPrefix("HTTP/1.1 200") {
                self.heard.state.withLock { $0.refusal = String(text.prefix(500)) }
            }
            for match in text.matches(of: /"live_balance_cents":([0-9]+)/) {
                guard let cents = Int64(match.output.1) else { continue }
                self.heard.state.withLock { state in
                    if !self.hasBegun { state.begun += 1 }
                    if state.arrivals[cents] == nil { state.arrivals[cents] = .now }
                }
                self.hasBegun = true
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.heard.state.withLock { state in state.refusal = state.refusal ?? "a stream ended" }
        }
    }
}
