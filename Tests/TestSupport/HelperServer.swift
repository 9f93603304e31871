import Foundation

/// A server of another make, in a process of its own, for as long as a test's body runs.
package struct HelperServer: Sendable {
    /// Picked by the system.
    package let port: Int

    /// Runs a Python script of `Tests/TestSupport/Python`, which is given `--port-file` beside `arguments`.
    package static func running<Result>(
        _ script: String,
        python: String = "python3",
        arguments: [String],
        in folder: TemporaryFolder,
        during body: (HelperServer) async throws -> Result
    ) async throws -> Result {
        let portFile = folder.path("port-\(UUID().uuidString)")
        let path = Self.scripts.appending(path: script).path(percentEncoded: false)
        let input = Pipe()  // the server ends when this is closed, even when the tests crash
        let process = try Self.start([python, path, "--port-file", portFile] + arguments, input: input)
        let result: Swift.Result<Result, any Error>
        do {
            let port = try await Self.port(in: portFile, of: process)
            result = .success(try await body(HelperServer(port: port)))
        } catch {
            result = .failure(error)
        }
        process.terminate()
        try input.fileHandleForWriting.close()
        try input.fileHandleForReading.close()
        // Not `waitUntilExit`, which keeps the thread that other tests need.
        guard await eventually({ !process.isRunning }) else {
            throw HelperFailure(description: "\(script) did not end")
        }
        return try result.get()
    }

    /// Starts a Python script that serves for as long as this process lives.
    static func start(_ script: String, python: String) async throws -> HelperServer {
        let folder = try TemporaryFolder()
        let portFile = folder.path("port")
        let path = Self.scripts.appending(path: script).path(percentEncoded: false)
        let process = try Self.start([python, path, "--port-file", portFile], input: Self.lifeline)
        return HelperServer(port: try await Self.port(in: portFile, of: process))
    }

    /// Closed by the end of this process, and by nothing else.
    private static let lifeline = Pipe()

    private static func port(in file: String, of process: Process) async throws -> Int {
        var port: Int?
        _ = await eventually(within: .seconds(30)) {
            port = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { Int($0) }
            return port != nil || !process.isRunning
        }
        guard let port else { throw HelperFailure(description: "a server did not come up") }
        return port
    }

    /// Runs a command to its end; `quietly` drops what it says.
    package static func run(_ command: [String], in folder: String? = nil, quietly: Bool = false) async throws {
        let process = try Self.start(command, folder: folder, quietly: quietly)
        _ = await eventually(within: .seconds(300)) { !process.isRunning }
        guard !process.isRunning, process.terminationStatus == 0 else {
            throw HelperFailure(description: "\(command.joined(separator: " ")) failed")
        }
    }

    static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python")

    private static func start(
        _ command: [String],
        folder: String? = nil,
        input: Pipe? = nil,
        quietly: Bool = false
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        if quietly { process.standardError = FileHandle.nullDevice }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        try process.run()
        return process
    }
}

/// A helper that did not do its part.
package struct HelperFailure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
