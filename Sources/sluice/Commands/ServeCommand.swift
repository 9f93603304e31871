import ArgumentParser
import Store

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take webhooks, work them, answer HTTP; until SIGTERM."
    )

    /// Which parts this process is.
    enum RoleChoice: String, CaseIterable, ExpressibleByArgument {
        case receiver, worker, all

        var roles: Set<Role> {
            switch self {
            case .receiver: [.receiver]
            case .worker: [.worker]
            case .all: [.receiver, .worker]
            }
        }
    }

    @OptionGroup var settings: SettingsOptions
    @Option(name: .long, help: "receiver answers HTTP, worker runs jobs, all does both.")
    var role = RoleChoice.all

    func run() async throws {
        try await reportingFailures {
            let settings = try await self.settings.load()
            try await ServerProcess(settings: settings, roles: self.role.roles).run()
        }
    }
}
