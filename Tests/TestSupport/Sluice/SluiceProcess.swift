import Foundation

/// A `sluice` of the build under test, as a process of its own; what it says goes to files.
package final class SluiceProcess: Sendable {
    /// How a process ended.
    package struct Ending: Sendable {
        /// The exit code, or the number of the signal.
        package let code: Int32
        package let isBySignal: Bool
        /// What it wrote to standard output and to standard error.
        package let output: String
        package let errors: String
    }

    private let process: Process
    private let outputFile: String
    private let errorsFile: String

    init(_ command: [String], environment: [String: String], folder: TemporaryFolder) throws {
        let name = UUID().uuidString
        (self.outputFile, self.errorsFile) = (folder.path("\(name).out"), folder.path("\(name).err"))
        for file in [self.outputFile, self.errorsFile] {
            _ = FileManager.default.createFile(atPath: file, contents: nil)
        }
        self.process = Process()
        self.process.executableURL = URL(filePath: "/usr/bin/env")
        self.process.arguments = command
        self.process.environment = environment
        self.process.currentDirectoryURL = folder.url
        self.process.standardInput = FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: URL(filePath: self.outputFile))
        let errors = try FileHandle(forWritingTo: URL(filePath: self.errorsFile))
        self.process.standardOutput = output
        self.process.standardError = errors
        try self.process.run()
        // Foundation keeps them open for as long as it remembers the process, and fails beyond 1,024.
        try output.close()
        try errors.close()
    }

    package var id: Int32 { self.process.processIdentifier }
    package var isRunning: Bool { self.process.isRunning }

    /// Runs `body`; then kills the process, unless it has ended.
    package func `while`<Result>(_ body: () async throws -> Result) async throws -> Result {
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        self.signal(SIGKILL)
        _ = await eventually(within: .seconds(30)) { !self.isRunning }
        return try result.get()
    }

    package func signal(_ number: Int32) {
        guard self.process.isRunning else { return }
        kill(self.process.processIdentifier, number)
    }

    /// Waits for its end.
    package func ending(within limit: Duration = .seconds(30)) async throws -> Ending {
        guard await eventually(within: limit, { !self.isRunning }) else {
            throw HelperFailure(description: "sluice did not end; it said: \(self.errors)")
        }
        return Ending(
            code: self.process.terminationStatus,
            isBySignal: self.process.terminationReason == .uncaughtSignal,
            output: self.output,
            errors: self.errors
        )
    }

    /// Where it listens, as its log says; waits until it does.
    package func port(of listener: String = "http") async throws -> Int {
        var port: Int?
        _ = await eventually(within: .seconds(60)) {
            port = self.lines.last { $0["message"] == "listening" && $0["listener"] == listener }
                .flatMap { $0["port"] }.flatMap { Int($0) }
            return port != nil || !self.isRunning
        }
        guard let port else { throw HelperFailure(description: "sluice does not listen (\(listener)): \(self.errors)") }
        return port
    }

    /// What it wrote to standard output so far.
    package var output: String { Self.text(of: self.outputFile) }
    /// What it wrote to standard error so far.
    package var errors: String { Self.text(of: self.errorsFile) }

    /// The log's whole lines so far, those that are JSON.
    package var lines: [[String: String]] {
        self.errors.split(separator: "\n").compactMap {
            try? JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
    }

    /// The log's messages so far.
    package var messages: [String] { self.lines.compactMap { $0["message"] } }

    private static func text(of file: String) -> String {
        (FileManager.default.contents(atPath: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
