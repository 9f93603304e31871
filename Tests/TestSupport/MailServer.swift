package import Foundation

/// A real SMTP server, aiosmtpd, that writes down what it takes. `smtp_server.py` says what it refuses.
package struct MailServer: Sendable {
    package enum TLS: String, Sendable {
        case none, starttls, implicit
    }

    /// A mail that was taken.
    package struct Taken: Decodable, Sendable {
        /// Counted from 1.
        package let connection: Int
        package let sender: String
        package let recipients: [String]
        /// As it came over the wire, dots undone.
        package let content: Data
        package let tls: Bool
        package let authenticated: Bool
        /// What the client called itself in EHLO.
        package let hello: String
    }

    package let port: Int
    private let record: String

    /// Runs the server while `body` runs.
    ///
    /// - Parameters:
    ///   - login: `user:password`, demanded from everybody.
    ///   - options: further ones of `smtp_server.py`.
    package static func running<Result>(
        tls: TLS = .none,
        certificates: Certificates? = nil,
        login: String? = nil,
        options: [String] = [],
        during body: (MailServer) async throws -> Result
    ) async throws -> Result {
        let python = try await PythonTools.python()
        let folder = try TemporaryFolder()
        let record = folder.path("record")
        var arguments = ["--record", record, "--tls", tls.rawValue] + options
        if let certificates { arguments += ["--certificate", certificates.certificate, "--key", certificates.key] }
        if let login { arguments += ["--login", login] }
        return try await HelperServer.running(
            "smtp_server.py",
            python: python,
            arguments: arguments,
            in: folder
        ) { server in
            try await body(MailServer(port: server.port, record: record))
        }
    }

    /// Everything that was taken so far, in order.
    package func taken() throws -> [Taken] {
        try self.lines().map { try JSONDecoder().decode(Taken.self, from: Data($0.utf8)) }
    }

    /// The recipients that an option has held so far, or whose messages it has.
    package func held() throws -> [String] { try self.lines(of: ".held").map(String.init) }

    /// How many logins an option has refused so far.
    package func refusedLogins() throws -> Int { try self.lines(of: ".logins").count }

    /// Lets through, from now on, what an option holds or refuses.
    package func release() throws {
        try Data().write(to: URL(filePath: self.record + ".release"))
    }

    /// The whole lines of the record, or of a file beside it.
    private func lines(of name: String = "") throws -> [Substring] {
        guard FileManager.default.fileExists(atPath: self.record + name) else { return [] }
        let text = try String(contentsOfFile: self.record + name, encoding: .utf8)
        // The last line may still be being written.
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return text[..<end].split(separator: "\n")
    }
}
