import Foundation
import Settings
import TestSupport
import Testing

/// `DKIM_KEY`, `DKIM_SELECTOR` and `DKIM_DOMAIN`, with keys that OpenSSL's own program made.
@Suite(.timeLimit(.minutes(3))) struct DKIMSettingsTests {
    private static func key(_ how: String...) async throws -> String {
        let folder = try TemporaryFolder()
        let file = folder.path("key.pem")
        let command = ["openssl"] + how.map { $0 == "FILE" ? file : $0 }
        try await HelperServer.run(command, quietly: true)
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    private static func good() async throws -> String {
        try await Self.key("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "FILE")
    }

    private func read(_ environment: [String: String]) async throws -> (MailSettings.DKIM?, [SettingsProblem]) {
        var source = try await SettingsSource(environment: environment)
        let dkim = MailSettings(&source, hasPublicURL: true).dkim
        #expect(dkim == nil || source.problems.isEmpty)
        return (dkim, source.problems)
    }

    @Test func `a key of either form is taken, from the environment, on one line, or from a file`() async throws {
        let folder = try TemporaryFolder()
        for form in ["-traditional", "-F4"] {
            let pem = try await Self.key("genrsa", form, "-out", "FILE", "2048")
            #expect(pem.hasPrefix(form == "-traditional" ? "-----BEGIN RSA PRIVATE KEY" : "-----BEGIN PRIVATE KEY"))
            let file = folder.path("key\(form).pem")
            try Data(pem.utf8).write(to: URL(filePath: file))
            let ways = [
                ["DKIM_KEY": pem], ["DKIM_KEY": pem.replacingOccurrences(of: "\n", with: "\\n")],
                ["DKIM_KEY_FILE": file],
            ]
            for way in ways {
                let (dkim, problems) = try await self.read(way.merging(["DKIM_SELECTOR": "s1"]) { $1 })
                #expect(problems.isEmpty && dkim?.selector == "s1" && dkim?.domain == "localhost")
                #expect(dkim?.key.trimmingCharacters(in: .newlines) == pem.trimmingCharacters(in: .newlines))
            }
        }
    }

    @Test(arguments: [
        (nil, "Example.com"), ("example.com", "Example.com"), ("EXAMPLE.com", "b.example.com"),
        ("b.example.com", "a.b.example.com"), ("bücher.example", "mail.xn--bcher-kva.example"),
    ])
    func `a signature is the sender's domain's, or that of one above it`(domain: String?, sender: String) async throws {
        var environment = ["DKIM_KEY": try await Self.good(), "DKIM_SELECTOR": "s1", "MAIL_FROM": "x@\(sender)"]
        environment["DKIM_DOMAIN"] = domain
        let (dkim, problems) = try await self.read(environment)
        #expect(problems.isEmpty)
        #expect(dkim?.domain == (domain == "bücher.example" ? "xn--bcher-kva.example" : domain ?? sender).lowercased())
    }

    @Test(arguments: ["other.com", "ample.com", "a.example.com", "com", "", "exa mple.com", "example.com."])
    func `a domain that the sender is not in is refused`(domain: String) async throws {
        var environment = ["DKIM_KEY": try await Self.good(), "DKIM_SELECTOR": "s1", "MAIL_FROM": "x@example.com"]
        environment["DKIM_DOMAIN"] = domain
        let (dkim, problems) = try await self.read(environment)
        // What is empty is not set.
        #expect((dkim == nil) == !domain.isEmpty && problems.map(\.key) == (domain.isEmpty ? [] : ["DKIM_DOMAIN"]))
    }

    @Test func `one without the others is told with what is missing`() async throws {
        #expect(try await self.read([:]).0 == nil)
        #expect(try await self.read([:]).1.isEmpty)
        #expect(try await self.read(["DKIM_KEY": Self.good()]).1.map(\.key) == ["DKIM_SELECTOR"])
        #expect(try await self.read(["DKIM_SELECTOR": "s1"]).1.map(\.key) == ["DKIM_KEY"])
        #expect(try await self.read(["DKIM_DOMAIN": "x.test"]).1.map(\.key) == ["DKIM_KEY", "DKIM_SELECTOR"])
        let unread = try await self.read(["DKIM_KEY_FILE": "/nowhere/key.pem", "DKIM_SELECTOR": "s1"])
        #expect(unread.1.map(\.key) == ["DKIM_KEY_FILE"])
    }

    @Test(arguments: [
        "a b", "-s1", "s1-", "ä", "s1._domainkey.x y", "s1.", "a..b", "s1\n", String(repeating: "s", count: 64),
    ])
    func `a selector is the name of a record`(selector: String) async throws {
        let (dkim, problems) = try await self.read(["DKIM_KEY": Self.good(), "DKIM_SELECTOR": selector])
        #expect(dkim == nil && problems.map(\.key) == ["DKIM_SELECTOR"])
    }

    @Test func `a record's name is no longer than DNS takes`() async throws {
        let long = Array(repeating: String(repeating: "s", count: 60), count: 4).joined(separator: ".")
        let (dkim, problems) = try await self.read(["DKIM_KEY": Self.good(), "DKIM_SELECTOR": long])
        #expect(dkim == nil && problems.map(\.key) == ["DKIM_SELECTOR"])
    }

    @Test(arguments: [
        (["genrsa", "-out", "FILE", "1024"], "the key has 1024 bits"),
        (["genrsa", "-out", "FILE", "2047"], "the key has 2047 bits"),
        (["genrsa", "-out", "FILE", "4104"], "the key has 4104 bits"),
        (["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "FILE"], "the key is not an RSA key"),
        (["genpkey", "-algorithm", "ED25519", "-out", "FILE"], "the key is not an RSA key"),
        (["genpkey", "-algorithm", "RSA-PSS", "-out", "FILE"], "the key is not an RSA key"),
        (["genrsa", "-aes128", "-passout", "pass:x", "-out", "FILE", "2048"], "the key is locked by a passphrase"),
        (
            ["genrsa", "-traditional", "-aes128", "-passout", "pass:x", "-out", "FILE", "2048"],
            "the key is locked by a passphrase"
        ),
    ])
    func `a key that is too small, of another kind or locked is refused in words`(how: [String], why: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let file = folder.path("key.pem")
        try await HelperServer.run(["openssl"] + how.map { $0 == "FILE" ? file : $0 }, quietly: true)
        try await self.expectRefusal(["DKIM_KEY_FILE": file], why: why)
    }

    @Test func `a key that is cut off, damaged, half or none is refused in words`() async throws {
        let pem = try await Self.key("genrsa", "-traditional", "-out", "FILE", "2048")
        let lines = pem.split(separator: "\n").map(String.init)
        let missing = "the key is no private key in PEM form, or a part of it is missing"
        try await self.expectRefusal(["DKIM_KEY": String(pem.prefix(pem.count / 2))], why: missing)
        try await self.expectRefusal(["DKIM_KEY": String(pem.dropLast(40))], why: missing)
        let gap = (lines.prefix(8) + lines.dropFirst(9)).joined(separator: "\n")
        try await self.expectRefusal(["DKIM_KEY": gap + "\n"], why: missing)
        for text in ["no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            try await self.expectRefusal(["DKIM_KEY": text], why: missing)
        }
        // One digit of the modulus, which is what the key begins with.
        var changed = lines
        changed[3] = changed[3].hasPrefix("A") ? "B" + changed[3].dropFirst() : "A" + changed[3].dropFirst()
        try await self.expectRefusal(["DKIM_KEY": changed.joined(separator: "\n") + "\n"], why: "the key is damaged")
        let folder = try TemporaryFolder()
        let (file, half) = (folder.path("key.pem"), folder.path("half.pem"))
        try Data(pem.utf8).write(to: URL(filePath: file))
        try await HelperServer.run(["openssl", "rsa", "-in", file, "-pubout", "-out", half], quietly: true)
        try await self.expectRefusal(["DKIM_KEY_FILE": half], why: "the key is the public half")
    }

    private func expectRefusal(_ key: [String: String], why: String) async throws {
        let (dkim, problems) = try await self.read(key.merging(["DKIM_SELECTOR": "s1"]) { $1 })
        #expect(dkim == nil && problems.map(\.key) == ["DKIM_KEY"])
        let words = problems.first?.description ?? ""
        #expect(words.hasPrefix("DKIM_KEY: \(why)") && words.contains("use an RSA private key of 2048 to 4096 bits"))
        #expect(!words.contains("BEGIN") && problems.first?.value == nil)
    }
}
