import Foundation
import Settings
import TestSupport
import Testing

@Suite struct SettingsTests {
    private func settings(_ environment: [String: String], file: String? = nil) async throws -> Settings {
        try Settings(await SettingsSource(environment: environment, configFile: file))
    }

    @Test func `nothing set means the defaults`() async throws {
        let settings = try await self.settings([:])
        #expect(settings.server.host == "127.0.0.1" && settings.server.port == 8080)
        #expect(settings.server.databasePath == "data/sluice.db")
        #expect(settings.server.webhookPort == nil && !settings.server.benchRoutes)
        #expect(settings.lago.algorithms == [.jwt] && settings.lago.requestsPerSecond == 10)
        #expect(settings.worker.balanceDebounce == .seconds(2) && settings.log.format == .text)
        #expect(settings.worker.sweepInterval == .seconds(900))
        #expect(settings.missing.map(\.key) == ["LAGO_API_URL", "LAGO_API_KEY"])
    }

    @Test(arguments: [
        ("http://lago:3000", "http://lago:3000/api/v1"),
        ("https://lago.example.com/api", "https://lago.example.com/api/v1"),
        ("https://lago.example.com/api/v1/", "https://lago.example.com/api/v1"),
        ("https://example.com/lago", "https://example.com/lago/api/v1"),
    ])
    func `the REST base is found from any form of Lago's address`(text: String, base: String) async throws {
        #expect(try await self.settings(["LAGO_API_URL": text]).lago.address?.base == base)
    }

    @Test(arguments: [
        ("LAGO_API_URL", "lago.example.com"), ("LAGO_API_URL", "ftp://lago"), ("LAGO_API_URL", "http://"),
        ("PORT", "80a"), ("PORT", "65536"), ("WEBHOOK_PORT", "-1"), ("LAGO_MAX_REQUESTS_PER_SECOND", "0"),
        ("BALANCE_DEBOUNCE", "2"), ("BALANCE_DEBOUNCE", "11s"), ("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud"),
        ("BENCH_ROUTES", "maybe"), ("LAGO_ORGANIZATION_ID", "mine"), ("LAGO_WEBHOOK_ALGORITHMS", "jwt,none"),
        ("DATABASE_URL", "sqlite:"), ("WORKER_CONCURRENCY", "many"),
        ("SWEEP_INTERVAL", "30s"), ("SWEEP_INTERVAL", "2d"),
    ])
    func `a wrong value is named with its key and its fix`(key: String, value: String) async throws {
        let error = await #expect(throws: SettingsError.self) { try await self.settings([key: value]) }
        let problem = try #require(error?.problems.first)
        #expect(error?.problems.count == 1 && problem.key == key && problem.value == value && !problem.fix.isEmpty)
    }

    @Test func `all problems are told at once, and no secret is`() async throws {
        let environment = [
            "PORT": "x", "LOG_FORMAT": "y", "LAGO_API_KEY": "key-7", "LAGO_WEBHOOK_HMAC_KEY": "hmac-7",
            "DATABASE_URL": "postgres://user:password-7@host/db",
        ]
        let error = await #expect(throws: SettingsError.self) { try await self.settings(environment) }
        let text = try #require(error).description
        #expect(text.split(separator: "\n").count == 3)
        for secret in ["key-7", "hmac-7", "password-7"] { #expect(!text.contains(secret)) }
    }

    @Test func `hmac is accepted when there is a key, and only where the settings leave it in`() async throws {
        let both = try await self.settings(["LAGO_WEBHOOK_HMAC_KEY": "a, b"])
        #expect(both.lago.algorithms == [.jwt, .hmac] && both.lago.hmacKeys == ["a", "b"])
        let jwt = try await self.settings(["LAGO_WEBHOOK_HMAC_KEY": "a", "LAGO_WEBHOOK_ALGORITHMS": "jwt"])
        #expect(jwt.lago.algorithms == [.jwt])
        let keyless = try await self.settings(["LAGO_WEBHOOK_ALGORITHMS": "jwt,hmac"])
        #expect(keyless.lago.algorithms == [.jwt])
        await #expect(throws: SettingsError.self) { try await self.settings(["LAGO_WEBHOOK_ALGORITHMS": "hmac"]) }
    }

    @Test func `a secret may come from a file, and a missing or empty file is named`() async throws {
        let folder = try TemporaryFolder()
        try Data("from-file\n".utf8).write(to: folder.url.appendingPathComponent("key"))
        try Data("\n".utf8).write(to: folder.url.appendingPathComponent("empty"))
        #expect(try await self.settings(["LAGO_API_KEY_FILE": folder.path("key")]).lago.apiKey == "from-file")
        for name in ["absent", "empty"] {
            let environment = ["LAGO_API_KEY_FILE": folder.path(name)]
            let error = await #expect(throws: SettingsError.self) { try await self.settings(environment) }
            #expect(error?.problems.map(\.key) == ["LAGO_API_KEY_FILE"])
        }
    }

    @Test func `a YAML file has the same names, and the environment goes before it`() async throws {
        let folder = try TemporaryFolder()
        let yaml = """
            PORT: 9000
            HOST: 0.0.0.0
            BENCH_ROUTES: true
            BALANCE_DEBOUNCE: 500ms
            LAGO_WEBHOOK_HMAC_KEY: [a, b]
            LAGO_API_URL: https://lago.example.com
            """
        try Data(yaml.utf8).write(to: folder.url.appendingPathComponent("sluice.yaml"))
        let settings = try await self.settings(["HOST": "127.0.0.2"], file: folder.path("sluice.yaml"))
        #expect(settings.server.port == 9000 && settings.server.host == "127.0.0.2" && settings.server.benchRoutes)
        #expect(settings.worker.balanceDebounce == .milliseconds(500) && settings.lago.hmacKeys == ["a", "b"])
        #expect(settings.lago.address?.base == "https://lago.example.com/api/v1")
        let error = await #expect(throws: SettingsError.self) {
            try await self.settings([:], file: folder.path("absent.yaml"))
        }
        #expect(error?.problems.map(\.key) == ["--config"])
    }
}
