/// A certificate authority of our own, and a certificate for 127.0.0.1 that it vouches for; made anew by `openssl`.
package struct Certificates: Sendable {
    package let folder: TemporaryFolder
    /// What a client must trust.
    package var authority: String { self.folder.path("authority.pem") }
    /// What a server shows.
    package var certificate: String { self.folder.path("server.pem") }
    package var key: String { self.folder.path("server.key") }

    /// - Parameter address: whom the certificate is for, as `IP:127.0.0.1` or `DNS:elsewhere.test`.
    package init(for address: String = "IP:127.0.0.1") async throws {
        self.folder = try TemporaryFolder()
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        try await HelperServer.run(
            ["openssl", "req", "-x509", "-subj", "/CN=authority.test", "-keyout", "authority.key"]
                + ["-out", "authority.pem", "-addext", "basicConstraints=critical,CA:TRUE"] + newKey,
            in: self.folder.path(),
            quietly: true
        )
        try await HelperServer.run(
            ["openssl", "req", "-x509", "-subj", "/CN=server.test", "-keyout", "server.key"]
                + ["-out", "server.pem", "-CA", "authority.pem", "-CAkey", "authority.key"]
                + ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=\(address)"] + newKey,
            in: self.folder.path(),
            quietly: true
        )
    }
}
