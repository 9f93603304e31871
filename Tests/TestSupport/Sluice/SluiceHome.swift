import Foundation

/// A folder with a store, and the settings of the `sluice` processes that use it.
package struct SluiceHome: Sendable {
    package let folder: TemporaryFolder
    /// What its processes find in their environment; nothing of the tests' own but where programs are.
    package var settings: [String: String]

    package var storePath: String { self.folder.path("sluice.db") }

    /// - Parameter settings: beside a store in the folder, ports picked by the system, and a log in JSON.
    package init(_ settings: [String: String] = [:]) throws {
        self.folder = try TemporaryFolder()
        self.settings = [
            "DATABASE_URL": "sqlite:\(self.folder.path("sluice.db"))", "PORT": "0", "LOG_FORMAT": "json",
        ].merging(settings) { $1 }
    }

    /// Runs `sluice serve` while `body` runs, from the moment that it listens; then kills it, unless it ended before.
    package func serving<Result>(
        _ arguments: [String] = [],
        wrapper: [String] = [],
        body: (SluiceProcess) async throws -> Result
    ) async throws -> Result {
        let process = try self.start(["serve"] + arguments, wrapper: wrapper)
        return try await process.while {
            _ = try await process.port()
            return try await body(process)
        }
    }

    /// Starts `sluice` and returns at once; the caller ends it.
    ///
    /// - Parameter wrapper: a command that runs what follows it in its own place, as `env` does.
    package func start(_ arguments: [String], wrapper: [String] = []) throws -> SluiceProcess {
        try SluiceProcess(
            wrapper + [Self.binary] + arguments,
            environment: Self.inherited.merging(self.settings) { $1 },
            folder: self.folder
        )
    }

    /// Runs a command to its end.
    package func run(_ arguments: String...) async throws -> SluiceProcess.Ending {
        let process = try self.start(arguments)
        return try await process.while { try await process.ending(within: .seconds(60)) }
    }

    /// Runs a command with `--json`, which must succeed, and reads what it prints.
    package func json<Value: Decodable>(_ arguments: String..., as type: Value.Type = Value.self) async throws -> Value
    {
        let process = try self.start(arguments + ["--json"])
        let ending = try await process.while { try await process.ending(within: .seconds(60)) }
        guard ending.code == 0 else { throw HelperFailure(description: "sluice \(arguments): \(ending.errors)") }
        return try JSONDecoder().decode(Value.self, from: Data(ending.output.utf8))
    }

    /// `sluice` lies beside the bundle that these tests run in.
    private static let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "sluice").path(percentEncoded: false)

    private static let inherited = ProcessInfo.processInfo.environment.filter {
        ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"].contains($0.key)
    }
}
