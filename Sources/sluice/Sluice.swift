import ArgumentParser

/// The command line.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Stands beside a self-hosted Lago: keeps its webhooks and acts on them.",
        discussion: """
            Settings come from the environment, then from the file that --config names; see the README.
            Exit codes: 0 success, 1 a failure that is told on standard error, 64 a command line that cannot be read.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, DemoCommand.self, SandboxCommand.self, CheckCommand.self, EventsCommand.self,
            JobsCommand.self, MessagesCommand.self, MailCommand.self, BalanceCommand.self, TopUpsCommand.self,
            SimulateCommand.self, TokenCommand.self,
        ]
    )
}

enum Version {
    static let current = "0.1.0"
}
