import ArgumentParser
import Foundation
import Sandbox
import ServiceLifecycle
import Settings
import Store

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run everything beside a simulated Lago; no settings needed.",
        discussion: """
            All settings are heeded but those of Lago, which are the sandbox's own. Without SMTP_URL, mails become files
            in the folder mails beside the store.
            """
    )

    /// The organisation of the demo: its store is recognised by it, and a real one refused.
    private static let organization = "de300000-0000-4000-8000-000000000001"

    @OptionGroup var settings: SettingsOptions
    @Option(name: .long, help: "How many things per second happen at the simulated Lago, mostly usage.")
    var life = 2.0

    func run() async throws {
        try await reportingFailures {
            var configuration = SandboxConfiguration()
            configuration.organizationID = Self.organization
            configuration.lifePerSecond = self.life
            // A month in a minute and a half; credit cards that work, but for one.
            configuration.periodLength = .seconds(90)
            configuration.billingDelay = .seconds(3)
            configuration.payments = .succeed
            configuration.paymentDelay = .seconds(1)
            configuration.creditInvoiceDelay = .milliseconds(500)
            configuration.documentDelay = .seconds(2)
            let sandbox = try Sandbox(configuration: configuration, logger: Sandbox.quietLogger)
            sandbox.setPayments(.decline, of: "cust_marisol")
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // In a group of its own, without signals: it ends after the server.
                let lago = sandbox.group()
                tasks.addTask { try await lago.run() }
                let settings = try await self.demoSettings(lagoPort: try await sandbox.port, configuration)
                let server = ServerProcess(settings: settings, roles: [.receiver, .worker]) { listener, port in
                    guard listener == ListenerBuilder.webhookListener(settings.server) else { return }
                    Self.connect(sandbox, to: settings, port: port)
                }
                try await server.run()
                await lago.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    /// What shows most within a few minutes.
    private static let quick = [
        "LOW_BALANCE_MIN_INTERVAL": "10s", "BRAND_NAME": "Sluice Demo", "OPERATOR_EMAIL": "ops@localhost",
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "10", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_COOLDOWN": "30s", "AUTO_TOP_UP_MAX_PER_DAY": "100",
        "AUTO_TOP_UP_MAX_PER_MONTH": "5000 EUR,500000 JPY",
    ]

    /// The settings as they are, with the sandbox for Lago, and a folder for mail where there is no server.
    private func demoSettings(lagoPort: Int, _ sandbox: SandboxConfiguration) async throws -> Settings {
        var own = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LAGO_") }
        let given = try await SettingsSource(environment: own, configFile: self.settings.config)
        if own["SMTP_URL"] == nil, own["SMTP_URL_FILE"] == nil {
            let plain = try Settings(given)
            if plain.mail.destination == nil {
                own["SMTP_URL"] = Self.mailFolder(besideStore: plain.server.databasePath).absoluteString
            }
        }
        for (key, value) in Self.quick where given.text(key) == nil { own[key] = value }
        // One excludes the other.
        if given.text("AUTO_TOP_UP_TARGET") != nil { own["AUTO_TOP_UP_CREDITS"] = given.text("AUTO_TOP_UP_CREDITS") }
        let lago = [
            "LAGO_API_URL": "http://127.0.0.1:\(lagoPort)",
            "LAGO_API_KEY": sandbox.apiKey,
            "LAGO_ORGANIZATION_ID": sandbox.organizationID,
            "LAGO_WEBHOOK_HMAC_KEY": sandbox.hmacKey,
        ]
        return try Settings(
            await SettingsSource(environment: own.merging(lago) { $1 }, configFile: self.settings.config)
        )
    }

    private static func mailFolder(besideStore path: String) -> URL {
        URL(filePath: path).absoluteURL.deletingLastPathComponent().appending(path: "mails")
    }

    /// Registers the listening server at the sandbox, which from then on sends its webhooks.
    private static func connect(_ sandbox: Sandbox, to settings: Settings, port: Int) {
        let server = settings.server
        let host = server.host == "0.0.0.0" ? "127.0.0.1" : server.host
        let url = "http://\(host):\(port)/webhooks/lago"
        do {
            _ = try sandbox.addEndpoint(url: url)
        } catch {
            return print("demo: the simulated Lago does not take \(url): \(error)")
        }
        let program = CommandLine.arguments[0]
        let mails =
            switch settings.mail.destination {
            case .folder(let path): "as files in \(path)"
            default: "to the server of SMTP_URL"
            }
        print(
            """
            A simulated Lago now sends signed webhooks to \(url). Its customers use up their credits; within a minute the
            first one runs low, and is mailed, \(mails). Below 10 credits they are topped up: cust_borealis is charged,
            cust_marisol's bank declines, cust_tanuki has no bank. In another terminal:
              \(program) messages list              which mails went out, and which not
              \(program) top-ups list               what was bought, and what became of it
              \(program) top-ups decisions cust_tanuki  why nothing was
              \(program) balance show cust_borealis   a live balance
              \(program) events list                what Lago told
              curl http://\(host):\(port)/readyz
            Ctrl-C ends the demo; what it kept stays in \(server.databasePath).
            """
        )
    }
}
