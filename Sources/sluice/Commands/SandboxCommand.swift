import ArgumentParser
import Foundation
import Logging
import Sandbox
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run a simulated Lago alone: its API, its webhooks, its faults on request.",
        discussion: """
            It keeps everything in memory and listens on loopback. Control it under /sandbox/: POST webhooks, GET \
            deliveries, PUT faults, payments, POST keys/rotate, usage, periods/end, periods/bill.
            """
    )

    enum Algorithm: String, CaseIterable, ExpressibleByArgument {
        case jwt, hmac

        var signature: WebhookEndpoint.SignatureAlgorithm { self == .jwt ? .jwt : .hmac }
    }

    @Option(name: .long, help: "The port to listen on; 0 takes any that is free.")
    var port = 3000
    @Option(name: .long, help: "Send webhooks to this URL.")
    var webhookURL: String?
    @Option(name: .long, help: "How webhooks to --webhook-url are signed.")
    var algorithm = Algorithm.jwt
    @Option(name: .long, help: "How many things per second happen by themselves, mostly usage.")
    var life: Double?
    @Option(name: .long, help: "What becomes of charges to customers who have a payment provider.")
    var payments = SandboxConfiguration.Payments.wait

    func run() async throws {
        try await reportingFailures {
            var configuration = SandboxConfiguration()
            configuration.port = self.port
            configuration.lifePerSecond = self.life
            configuration.payments = self.payments
            configuration.creditInvoiceDelay = .milliseconds(100)
            let sandbox = try Sandbox(configuration: configuration, logger: Sandbox.quietLogger)
            if let url = self.webhookURL { _ = try sandbox.addEndpoint(url: url, algorithm: self.algorithm.signature) }
            let group = sandbox.group(signals: [.sigterm, .sigint])
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                // At once, also where it goes to a file.
                let settings = """
                    LAGO_API_URL=http://127.0.0.1:\(try await sandbox.port)
                    LAGO_API_KEY=\(configuration.apiKey)
                    LAGO_WEBHOOK_HMAC_KEY=\(configuration.hmacKey)

                    """
                try FileHandle.standardOutput.write(contentsOf: Data(settings.utf8))
                try await tasks.waitForAll()
            }
        }
    }
}

extension SandboxConfiguration.Payments: ExpressibleByArgument {}

extension Sandbox {
    /// Runs this sandbox with its lines kept to what has gone wrong.
    func group(signals: [UnixSignal] = []) -> ServiceGroup {
        ServiceGroup(
            configuration: .init(services: [self], gracefulShutdownSignals: signals, logger: Self.quietLogger)
        )
    }

    static var quietLogger: Logger {
        Logger(label: "sandbox") { _ in LineLogHandler(level: .critical, format: .text, sink: LogSink()) }
    }
}
