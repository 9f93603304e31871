import Foundation

/// Durable webhooks per second beside the same server's no-op POST.
struct ReceivingBench {
    let folder: URL

    func run() async throws {
        let server = try ServerUnderTest(folder: self.folder, environment: ["LAGO_WEBHOOK_HMAC_KEY": Webhooks.hmacKey])
        try await server.start()
        defer { server.stop() }
        print(String(format: "idle memory: %.0f MiB", Machine.residentMemory(of: server.process.processIdentifier)))
        for connections in [8, 64, 256] {
            let load = LoadGenerator(port: server.port, connections: connections)
            let noop = try await self.measure(server) { try await load.run(Webhooks.noop(), repeated: 100_000) }
            self.show("noop", connections, noop, against: nil, server)
            let requests = try Webhooks.hmac(60_000)
            let hmac = try await self.measure(server) { try await load.run(requests) }
            self.show("hmac", connections, hmac, against: noop, server)
        }
    }

    private typealias Measured = (figures: LoadGenerator.Figures, processorSeconds: Double)

    private func measure(
        _ server: ServerUnderTest,
        _ run: () async throws -> LoadGenerator.Figures
    ) async throws -> Measured {
        let before = Machine.processorTime(of: server.process.processIdentifier)
        let figures = try await run()
        return (figures, Machine.processorTime(of: server.process.processIdentifier) - before)
    }

    private func show(
        _ name: String,
        _ connections: Int,
        _ measured: Measured,
        against noop: Measured?,
        _ server: ServerUnderTest
    ) {
        let figures = measured.figures
        let ratio = noop.map { String(format: "%.2f x noop", figures.perSecond / $0.figures.perSecond) } ?? "1"
        let processor = measured.processorSeconds / Double(max(1, figures.latencies.count)) * 1e6
        print(
            String(
                format:
                    "%@ %4d connections: %7.0f per second (%@), p50 %.2f ms, p99 %.2f ms, %.0f us of processor each, memory %.0f MiB, refused %d",
                name,
                connections,
                figures.perSecond,
                ratio,
                figures.percentile(0.5),
                figures.percentile(0.99),
                processor,
                Machine.residentMemory(of: server.process.processIdentifier),
                figures.refused
            )
        )
    }
}
