import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Postfix's `smtp-sink` on a port that the system picked: takes every mail and forgets it.
final class MailSinkProcess {
    private static let program = "/usr/sbin/smtp-sink"

    let port: Int
    private let process = Process()

    init() async throws {
        self.port = try await Loopback.freePort()
        self.process.executableURL = URL(filePath: Self.program)
        // It refuses to run as root, and to be told to be somebody else by anybody but root.
        let user = NSUserName() == "root" ? ["-u", "nobody"] : []
        self.process.arguments = user + ["127.0.0.1:\(self.port)", "256"]
    }

    /// What a worker needs to know of it.
    var environment: [String: String] {
        [
            "SMTP_URL": "smtp://127.0.0.1:\(self.port)", "SMTP_TLS": "off",
            "MAIL_FROM": "Example Billing <billing@example.com>", "PUBLIC_URL": "https://billing.example.com",
        ]
    }

    /// Starts the process and returns once it listens.
    func start() async throws {
        guard FileManager.default.isExecutableFile(atPath: Self.program) else {
            throw BenchError(description: "\(Self.program) is not there: install Postfix, as make bench does")
        }
        try self.process.run()
        try await waiting(upTo: .seconds(10), for: "\(Self.program) on port \(self.port)") {
            await Loopback.isListening(self.port)
        }
    }

    /// It has nothing to lose, and would not hear a gentler signal: it is born with those blocked, as the thread that
    /// starts it has them, and unlike Sluice unblocks none.
    func stop() {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
    }
}

/// Postfix's `smtp-source`: hands in mails of one size as fast as it can.
struct MailSource {
    private static let program = "/usr/sbin/smtp-source"

    /// Connections at a time.
    let sessions: Int
    /// Bytes of one mail.
    let size: Int
    /// Whether one connection takes mail after mail, as Sluice's do; `smtp-source` by itself makes one for each mail.
    let keepsConnections: Bool

    /// Hands in `count` mails and returns how many a second that was.
    func run(_ count: Int, to port: Int) throws -> Double {
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.arguments =
            (self.keepsConnections ? ["-d"] : []) + [
                "-s", "\(self.sessions)", "-m", "\(count)", "-l", "\(self.size)", "127.0.0.1:\(port)",
            ]
        let began = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchError(description: "\(Self.program) ended with \(process.terminationStatus)")
        }
        return Double(count) / ((ContinuousClock.now - began) / .seconds(1))
    }
}

/// Ports of this machine.
enum Loopback {
    /// A port that nothing listens on.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        guard let port = channel.localAddress?.port else { throw BenchError(description: "no port is free") }
        return port
    }

    static func isListening(_ port: Int) async -> Bool {
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        try? await channel?.close()
        return channel != nil
    }
}
