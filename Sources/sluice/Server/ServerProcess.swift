import Foundation
import LagoAPI
import LagoEvents
import Logging
import Metrics
import Receiver
import ServiceLifecycle
import Settings
import Store
import Telemetry
import Transport
import UnixSignals
import Worker

/// One process of the service: opens the store, puts the parts of its roles together and runs them until a signal.
struct ServerProcess {
    let settings: Settings
    let roles: Set<Role>
    /// Told of each listener and its port once it listens.
    var onListening: ListenerBuilder.Observer = { _, _ in }

    private static let farewell = Duration.seconds(8)

    func run() async throws {
        let sink = LogSink()
        let logger = Self.logger(self.settings.log, sink: sink)
        defer { sink.flush() }
        let mail = try MailParts(settings: self.settings.mail)
        let locks = try self.roles.map { try RoleLock($0, storePath: self.settings.server.databasePath) }
        defer { for lock in locks { lock.release() } }

        let registry = PrometheusRegistry()
        let batches = Metric.commitBatchSize.recorder(in: registry)
        let store = try Store(path: self.settings.server.databasePath) { batches.record($0) }
        let transfers = try TransferEngine(
            caFile: self.settings.server.caFile,
            maximumMailConnections: self.settings.mail.maximumConnections
        )
        let parts = ServerParts(
            settings: self.settings,
            roles: self.roles,
            store: store,
            transfers: transfers,
            registry: registry,
            logger: logger,
            mail: mail,
            onListening: self.onListening
        )
        let services: [any Service] = [FlushService(sink: sink)] + (try await parts.services())
        for problem in self.settings.missing {
            logger.warning("Lago is not configured", metadata: ["key": "\(problem.key)", "fix": "\(problem.fix)"])
        }
        if case .smtp = self.settings.mail.destination, self.settings.server.billingURL == nil {
            logger.warning(
                "the button in mails leads to a page that this version does not have",
                metadata: ["key": "BILLING_URL", "fix": "set it to the page where customers buy credits"]
            )
        }
        try await Self.runUntilSignal(services, logger: logger)
        await transfers.shutdown()
        try await store.close()
        logger.notice("stopped")
    }

    private static func runUntilSignal(_ services: [any Service], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = Self.farewell
        configuration.maximumCancellationDuration = .seconds(2)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // A part that did not end in time was cancelled; what it had begun is handed back.
        }
    }

    static func logger(_ settings: LogSettings, sink: LogSink) -> Logger {
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        let format: LineLogHandler.Format = settings.format == .json ? .json : .text
        return Logger(label: "sluice") { _ in LineLogHandler(level: level, format: format, sink: sink) }
    }
}

/// Writes gathered log lines many times a second.
struct FlushService: Service {
    let sink: LogSink

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .milliseconds(50))) != nil { self.sink.flush() }
        }
    }
}

/// The time in Unix milliseconds.
@Sendable
func currentMilliseconds() -> Int64 {
    Int64(Date().timeIntervalSince1970 * 1000)
}
