import Foundation
import Sandbox
import Signatures
import TestSupport
import Testing

/// `token`, as a person and as a script uses it.
@Suite(.timeLimit(.minutes(3))) struct TokenCommandTests {
    /// The claims of a token that `secret` signed.
    private static func claims(_ token: String, secret: String = TestToken.secret) throws -> [String: Any] {
        let jws = try CompactJWS(token)
        #expect(jws.algorithm == "HS256")
        #expect(jws.signature == (try HMACSHA256.digest(of: jws.signedBytes, key: Array(secret.utf8))))
        return try #require(try JSONSerialization.jsonObject(with: Data(jws.claims)) as? [String: Any])
    }

    @Test func `a token is all that is printed`() async throws {
        let home = try SluiceHome(["API_JWT_SECRET": TestToken.secret])
        let before = Int(Date().timeIntervalSince1970)
        let ending = try await home.run("token", "--customer", "user_123", "--ttl", "2h")
        let after = Int(Date().timeIntervalSince1970)
        #expect(ending.code == 0 && ending.errors.isEmpty)
        #expect(ending.output.wholeMatch(of: /[A-Za-z0-9_.-]+\n/) != nil)
        let claims = try Self.claims(ending.output.trimmingCharacters(in: .newlines))
        #expect(Set(claims.keys) == ["sub", "iat", "exp"] && claims["sub"] as? String == "user_123")
        let begin = try #require(claims["iat"] as? Int)
        #expect((before...after).contains(begin) && claims["exp"] as? Int == begin + 7200)
        #expect(!FileManager.default.fileExists(atPath: home.storePath), "it needs no store")
    }

    @Test func `scripts are told who may use it until when`() async throws {
        let folder = try TemporaryFolder()
        try Data((TestToken.secret + "\n").utf8).write(to: folder.url.appending(path: "secret"))
        let home = try SluiceHome(["API_JWT_SECRET_FILE": folder.path("secret")])
        let row = try #require(try await home.rows("token", "--customer", "a b/ü").first)
        #expect(Set(row.keys) == ["token", "external_customer_id", "expires_at"])
        #expect(row["external_customer_id"] as? String == "a b/ü")
        let claims = try Self.claims(try #require(row["token"] as? String))
        let (begin, end) = (try #require(claims["iat"] as? Int), try #require(claims["exp"] as? Int))
        #expect(end - begin == 900 && claims["sub"] as? String == "a b/ü")
        let told = try #require(row["expires_at"] as? String)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        #expect(try style.parse(told) == Date(timeIntervalSince1970: Double(end)))
    }

    @Test func `a server of the same settings lets it in`() async throws {
        try await SandboxPeer.running {
            $0.customers = SandboxPeer.customers(2)
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(["API_JWT_SECRET": TestToken.secret]) { $1 })
            try await home.serving { server in
                let printed = try await home.run("token", "--customer", "cust_1").output
                let token = printed.trimmingCharacters(in: .newlines)
                let api = APIPeer(port: try await server.port(), token: token)
                let own = try await api.object("GET", "customers")["customer"] as? [String: Any]
                #expect(own?["external_id"] as? String == "cust_1")
                #expect(try await api.call("GET", "customers?external_id=cust_2")?.status == 404)
            }
        }
    }

    @Test(arguments: [[:], ["API_JWKS_URL": "https://id.example.com/keys"]])
    func `without the secret it says what is missing`(settings: [String: String]) async throws {
        let ending = try await SluiceHome(settings).run("token", "--customer", "c", "--json")
        #expect(ending.code == 1 && ending.output.isEmpty)
        #expect(ending.errors.hasPrefix("sluice: API_JWT_SECRET: set it"))
        #expect(ending.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        ["--customer", ""], ["--customer", "a\nb"], ["--customer", String(repeating: "x", count: 256)], [],
        ["--customer", "c", "--ttl", "0s"], ["--customer", "c", "--ttl", "25h"],
        ["--customer", "c", "--ttl", "1500ms"],
        ["--customer", "c", "--ttl", "15"], ["--customer", "c", "--ttl", "-1s"],
    ])
    func `a command line that makes no sense is exit code 64`(arguments: [String]) async throws {
        let home = try SluiceHome(["API_JWT_SECRET": TestToken.secret])
        let process = try home.start(["token"] + arguments)
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 64 && ending.output.isEmpty)
    }

    @Test(arguments: ["check", "serve", "token"])
    func `settings that cannot be used are told before anything starts`(command: String) async throws {
        let home = try SluiceHome(["API_KEYS": "too-short", "API_JWT_SECRET": "31 bytes are one byte too few.."])
        let process = try home.start([command] + (command == "token" ? ["--customer", "c"] : []))
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 1)
        let told = ending.output + ending.errors
        #expect(told.contains("API_KEYS: use keys of 16 characters") && told.contains("API_JWT_SECRET: use 32 bytes"))
        #expect(!told.contains("too-short") && !told.contains("31 bytes are"))
    }
}
