import ArgumentParser
import Foundation
import Settings
import Store

/// What every command takes.
struct SettingsOptions: ParsableArguments {
    @Option(name: .long, help: "A YAML file of settings; the environment goes before it.")
    var config: String?

    /// The settings, or a clean exit with every problem named.
    ///
    /// - Parameter overrides: what goes before the environment, by key; nil for what is to count as not set.
    func load(overriding overrides: [String: String?] = [:]) async throws -> Settings {
        let environment = ProcessInfo.processInfo.environment.merging(overrides.compactMapValues { $0 }) { $1 }
        let unset = Set(overrides.filter { $0.value == nil }.keys)
        return try Settings(
            await SettingsSource(environment: environment, configFile: self.config, unset: unset)
        )
    }

    /// The store that the settings name, for a command beside a server that may run.
    func openStore() async throws -> Store {
        try Store(path: try await self.load().server.databasePath, access: .command)
    }
}

/// How a command prints.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON for scripts; times are ISO 8601 in UTC.")
    var json = false
}

/// How long a list is.
struct LimitOptions: ParsableArguments {
    @Option(name: .long, help: "The most rows to print.")
    var limit = 50

    func validate() throws {
        guard self.limit > 0 else { throw ValidationError("--limit takes a number above 0") }
    }
}

/// A failure that is told in one sentence and ends the command with exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// Runs a command's body; errors go to standard error as sentences, without a usage text.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let code as ExitCode {
        throw code
    } catch {
        let lines = "\(error)".split(separator: "\n").map { "sluice: \($0)\n" }.joined()
        FileHandle.standardError.write(Data(lines.utf8))
        throw ExitCode.failure
    }
}
