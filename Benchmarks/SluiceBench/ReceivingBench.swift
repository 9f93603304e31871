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
            let noop = try await load.run(Webhooks.noop(), repeated: 100_000)
            self.show("noop", connections, noop, against: nil, server)
            let hmac = try await load.run(try Webhooks.hmac(60_000))
            self.show("hmac", connections, hmac, against: noop, server)
        }
    }

    private func show(
        _ name: String,
        _ connections: Int,
        _ figures: LoadGenerator.Figures,
        against noop: LoadGenerator.Figures?,
        _ server: ServerUnderTest
    ) {
        let ratio = noop.map { String(format: "%.2f x noop", figures.perSecond / $0.perSecond) } ?? "1"
        print(
            String(
                format:
                    "%@ %4d connections: %7.0f per second (%@), p50 %.2f ms, p99 %.2f ms, memory %.0f MiB, refused %d",
                name,
                connections,
                figures.perSecond,
                ratio,
                figures.percentile(0.5),
                figures.percentile(0.99),
                Machine.residentMemory(of: server.process.processIdentifier),
                figures.refused
            )
        )
    }
}
