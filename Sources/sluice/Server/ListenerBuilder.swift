import Hummingbird
import Logging
import NIOCore
import Proxy
import Receiver
import ServiceLifecycle
import Settings

/// Makes listeners that share their limits on memory and report what they turn away in one place.
struct ListenerBuilder {
    /// Told of a listener's name and port once it listens.
    typealias Observer = @Sendable (_ listener: String, _ port: Int) -> Void

    let host: String
    let logger: Logger
    /// Nil in a process that takes no webhooks: then what is turned away is only answered.
    let rejections: RejectionLog?
    private let observe: Observer
    private let inFlight = BytesInFlight()

    init(host: String, logger: Logger, rejections: RejectionLog?, observe: @escaping Observer) {
        self.host = host
        self.logger = logger
        self.rejections = rejections
        self.observe = observe
    }

    /// The name of the listener that takes webhooks.
    static func webhookListener(_ settings: ServerSettings) -> String {
        settings.webhookPort == nil ? "http" : "webhooks"
    }

    /// A listener that answers from `router` and says in the log where it listens.
    func listener(_ name: String, port: Int, limits: ConnectionLimits, _ router: Router<ServerContext>) -> any Service {
        let application = Application(
            router: router,
            server: GuardedHTTPChannel.server(
                limits: limits,
                inFlight: self.inFlight,
                mayGiveUp: ProxyAPI.mayGiveUp
            ) { [rejections] reason, address in
                rejections?.note(reason, address: address?.ipAddress ?? "unknown")
            },
            configuration: ApplicationConfiguration(
                address: .hostname(self.host, port: port),
                serverName: "sluice"
            ),
            onServerRunning: { [logger, observe] channel in
                observe(name, channel.localAddress?.port ?? port)
                logger.notice(
                    "listening",
                    metadata: [
                        "listener": "\(name)", "address": "\(channel.localAddress?.ipAddress ?? "")",
                        "port": "\(channel.localAddress?.port ?? port)",
                    ]
                )
            },
            logger: Self.quiet(self.logger)
        )
        return Listener(application: application, name: name, address: "\(self.host):\(port)")
    }

    /// Hummingbird's own lines are for its developers.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

/// A listener whose failure to listen is told in words.
private struct Listener<App: ApplicationProtocol>: Service {
    let application: App
    let name: String
    let address: String

    func run() async throws {
        do {
            try await self.application.run()
        } catch let error as IOError {
            throw Failure(
                description: "cannot listen on \(self.address) (\(self.name)): \(error); "
                    + "is something listening there? set HOST and PORT, WEBHOOK_PORT or METRICS_PORT"
            )
        }
    }
}
