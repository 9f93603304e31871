import Foundation
import Settings
import Signatures
import TestSupport
import Testing

/// `API_KEYS` and the three ways to know a customer's token, with keys that OpenSSL's own program made.
@Suite(.timeLimit(.minutes(3))) struct APISettingsTests {
    private static let secret = "01234567890123456789012345678901"

    private func read(_ environment: [String: String]) async throws -> (APISettings, [SettingsProblem]) {
        var source = try await SettingsSource(environment: environment)
        let settings = APISettings(&source)
        return (settings, source.problems)
    }

    /// The last of these commands writes FILE.
    private static func made(_ commands: [String]...) async throws -> String {
        let folder = try TemporaryFolder()
        for command in commands {
            let words = command.map { $0.replacingOccurrences(of: "FILE", with: folder.path("key.pem")) }
            try await HelperServer.run(
                ["openssl"] + words.map { $0.replacingOccurrences(of: "HALF", with: folder.path("private.pem")) },
                quietly: true
            )
        }
        return try String(contentsOfFile: folder.path("key.pem"), encoding: .utf8)
    }

    private static func rsa(_ bits: Int) async throws -> String {
        try await Self.made(["genrsa", "-out", "HALF", "\(bits)"], ["rsa", "-in", "HALF", "-pubout", "-out", "FILE"])
    }

    private static func ec(_ curve: String, _ how: String...) async throws -> String {
        try await Self.made(
            ["ecparam", "-name", curve, "-genkey", "-noout", "-out", "HALF"],
            ["ec", "-in", "HALF", "-pubout", "-out", "FILE"] + how
        )
    }

    @Test func `without settings nobody has a key or a token`() async throws {
        let (settings, problems) = try await self.read([:])
        #expect(settings.keys.isEmpty && settings.tokenIssuer == nil && problems.isEmpty)
    }

    @Test(arguments: [
        ("0123456789abcdef", true), ("0123456789abcde", false), ("0123456789abcdef, short", false),
        ("0123456789abcdef,fedcba9876543210", true), ("0123456789 abcdef", false), ("0123456789abcdéf", false),
    ])
    func `server keys are 16 characters or more that a header can carry`(keys: String, isGood: Bool) async throws {
        let (settings, problems) = try await self.read(["API_KEYS": keys])
        #expect(problems.isEmpty == isGood && problems.allSatisfy { $0.key == "API_KEYS" && $0.value == nil })
        #expect(problems.allSatisfy { problem in settings.keys.allSatisfy { !problem.description.contains($0) } })
        if isGood { #expect(settings.keys == keys.split(separator: ",").map(String.init)) }
    }

    @Test(arguments: [("", true), ("é", true), ("x", false)])
    func `a secret for tokens has 32 bytes or more, and may come from a file`(end: String, isGood: Bool) async throws {
        let secret = (isGood ? Self.secret : String(Self.secret.dropLast(2))) + end
        let folder = try TemporaryFolder()
        try Data((secret + "\n").utf8).write(to: folder.url.appending(path: "secret"))
        for environment in [["API_JWT_SECRET": secret], ["API_JWT_SECRET_FILE": folder.path("secret")]] {
            let (settings, problems) = try await self.read(environment)
            #expect(settings.tokenIssuer == (isGood ? .secret(secret) : nil))
            #expect(problems.map(\.key) == (isGood ? [] : ["API_JWT_SECRET"]))
            #expect(problems.allSatisfy { !$0.description.contains(secret) })
        }
    }

    @Test func `public keys of either kind are taken, on one line, from a file, in any form of point`() async throws {
        let folder = try TemporaryFolder()
        let keys = [
            (PublicKeyPEM.Kind.rsa, try await Self.rsa(2048)), (.p256, try await Self.ec("prime256v1")),
            (.p256, try await Self.ec("prime256v1", "-conv_form", "compressed")),
            (.p256, try await Self.ec("prime256v1", "-param_enc", "explicit")),
        ]
        for (kind, pem) in keys {
            try Data(pem.utf8).write(to: folder.url.appending(path: "key.pem"))
            for environment in [
                ["API_JWT_PUBLIC_KEY": pem], ["API_JWT_PUBLIC_KEY_FILE": folder.path("key.pem")],
                ["API_JWT_PUBLIC_KEY": pem.replacingOccurrences(of: "\n", with: "\\n")],
            ] {
                let (settings, problems) = try await self.read(environment)
                guard case .publicKey(let key) = settings.tokenIssuer else {
                    Issue.record("\(problems)")
                    continue
                }
                #expect(key.kind == kind && problems.isEmpty)
                // The same key in the same form, however it was written.
                #expect(try PublicKeyPEM(key.text) == key)
            }
        }
        #expect(Set(try keys.dropFirst().map { try PublicKeyPEM($0.1).text.utf8.count }).count == 1)
    }

    @Test func `other public keys are refused with the reason`() async throws {
        let good = try await Self.ec("prime256v1")
        let cases = [
            ("has 1024 bits", try await Self.rsa(1024)), ("is not on the curve P-256", try await Self.ec("secp384r1")),
            ("is not on the curve P-256", try await Self.ec("secp256k1")),
            (
                "is neither an RSA nor an EC key",
                try await Self.made(
                    ["genpkey", "-algorithm", "ed25519", "-out", "HALF"],
                    ["pkey", "-in", "HALF", "-pubout", "-out", "FILE"]
                )
            ),
            ("is the private half", try await Self.made(["genrsa", "-out", "FILE", "2048"])),
            ("is no public key in PEM form", String(good.prefix(good.count / 2))), ("is no public key", "secret"),
        ]
        for (reason, pem) in cases {
            let (settings, problems) = try await self.read(["API_JWT_PUBLIC_KEY": pem])
            #expect(settings.tokenIssuer == nil && problems.map(\.key) == ["API_JWT_PUBLIC_KEY"], "\(reason)")
            let words = problems.first?.description ?? ""
            #expect(words.contains("the key \(reason)") && words.contains("use the public half"), "\(words)")
            #expect(!words.contains(pem))
        }
    }

    @Test(arguments: [
        ("https://id.example.com/keys?a=b", true), ("http://127.0.0.1:9/keys", true), ("http://[::1]/", true),
        ("HTTP://localhost/keys", true), ("http://id.example.com/keys", false),
        ("http://127.0.0.1.example.com/", false),
        ("http://127.1/keys", false), ("https://me:pw@id.example.com/", false), ("https:///keys", false),
        ("ftp://id.example.com/keys", false), ("https://id.example.com/#keys", false), ("id.example.com", false),
        ("http://0.0.0.0/keys", false), ("https://id.example.com/a b", false),
    ])
    func `a key set comes by TLS, or from this machine`(url: String, isGood: Bool) async throws {
        let (settings, problems) = try await self.read(["API_JWKS_URL": url])
        #expect(settings.tokenIssuer == (isGood ? .keySet(url) : nil))
        #expect(problems.map(\.key) == (isGood ? [] : ["API_JWKS_URL"]))
        #expect(!problems.contains { $0.description.contains("pw") })
    }

    @Test func `customers' tokens have one issuer`() async throws {
        let url = "https://id.example.com/keys"
        let folder = try TemporaryFolder()
        try Data(Self.secret.utf8).write(to: folder.url.appending(path: "secret"))
        for way in [["API_JWT_SECRET": Self.secret], ["API_JWT_SECRET_FILE": folder.path("secret")]] {
            let (settings, problems) = try await self.read(way.merging(["API_JWKS_URL": url]) { $1 })
            #expect(settings.tokenIssuer == nil && problems.map(\.key) == ["API_JWKS_URL"])
            #expect(problems.first?.fix.contains("API_JWT_SECRET and API_JWKS_URL") == true)
        }
    }
}
