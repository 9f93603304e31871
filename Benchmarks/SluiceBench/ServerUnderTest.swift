import Foundation

/// `sluice serve` as a process of its own, on a port that the system picks.
final class ServerUnderTest {
    let process = Process()
    private(set) var port = 0
    private let log: URL

    let role: String

    init(folder: URL, role: String = "all", environment: [String: String]) throws {
        self.role = role
        self.log = folder.appending(path: "server.log")
        _ = FileManager.default.createFile(atPath: self.log.path, contents: nil)
        self.process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "sluice")
        self.process.arguments = ["serve", "--role", role]
        self.process.environment = environment.merging([
            "PORT": "0", "BENCH_ROUTES": "on", "LOG_FORMAT": "json",
            "DATABASE_URL": "sqlite:" + folder.appending(path: "sluice.db").path,
        ]) { $1 }
        self.process.standardError = try FileHandle(forWritingTo: self.log)
    }

    /// Starts the process and returns once it listens.
    func start() async throws {
        try self.process.run()
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let port = try self.listeningPort() {
                self.port = port
                return
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw BenchError(description: "the server did not start: \(try String(contentsOf: self.log, encoding: .utf8))")
    }

    private func listeningPort() throws -> Int? {
        let line = try String(contentsOf: self.log, encoding: .utf8).split(separator: "\n")
            .first { $0.contains("\"message\":\"listening\"") && $0.contains("\"listener\":\"http\"") }
        guard let line else { return nil }
        let fields = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        return fields["port"].flatMap(Int.init)
    }

    func stop() {
        self.process.terminate()
        self.process.waitUntilExit()
    }
}
