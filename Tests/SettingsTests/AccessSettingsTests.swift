import Settings
import Testing

@Suite struct AccessSettingsTests {
    private func access(_ environment: [String: String]) async throws -> AccessSettings {
        try Settings(await SettingsSource(environment: environment)).access
    }

    @Test func `nothing set means no pages, no proxies, and 300 requests a minute`() async throws {
        let access = try await self.access([:])
        #expect(access.origins.isEmpty && access.requestsPerMinute == 300)
        let client = access.proxies.client(peer: "127.0.0.1", forwardedFor: ["192.0.2.1"])
        #expect(client == .ip(try #require(IPAddress("127.0.0.1"))))
    }

    @Test func `origins are kept as browsers send them`() async throws {
        let text =
            "https://App.example.com, http://localhost:3000,https://a.test:443,http://b.test:80,http://[::1]:8080"
        let access = try await self.access(["CORS_ORIGINS": text])
        let origins: Set = [
            "https://app.example.com", "http://localhost:3000", "https://a.test", "http://b.test", "http://[::1]:8080",
        ]
        #expect(access.origins == origins)
    }

    @Test func `proxies are addresses and networks`() async throws {
        let access = try await self.access(["TRUSTED_PROXIES": "127.0.0.1, fd00::/8", "RATE_LIMIT_PER_MINUTE": "7"])
        #expect(access.requestsPerMinute == 7)
        for proxy in ["127.0.0.1", "fd12::1"] {
            let client = access.proxies.client(peer: proxy, forwardedFor: ["192.0.2.1"])
            #expect(client == .ip(try #require(IPAddress("192.0.2.1"))))
        }
    }

    @Test(arguments: [
        ("CORS_ORIGINS", "*", "a star would let any page"), ("CORS_ORIGINS", "https://*.example.com", "a star would"),
        ("CORS_ORIGINS", "null", "no path"), ("CORS_ORIGINS", "app.example.com", "http or https"),
        ("CORS_ORIGINS", "https://app.example.com/", "no path"),
        ("CORS_ORIGINS", "https://app.example.com/a", "no path"),
        ("CORS_ORIGINS", "https://app.example.com?x", "no path"), ("CORS_ORIGINS", "ftp://app.example.com", "http"),
        ("CORS_ORIGINS", "https://", "a host"), ("CORS_ORIGINS", "https://app.example.com:0", "origins"),
        ("CORS_ORIGINS", "https://app.example.com:", "origins"), ("CORS_ORIGINS", "https://app.exämple.com", "origins"),
        ("RATE_LIMIT_PER_MINUTE", "0", "from 1 to"), ("RATE_LIMIT_PER_MINUTE", "many", "whole number"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "as 127.0.0.1"), ("TRUSTED_PROXIES", "0.0.0.0/0", "everybody"),
        ("TRUSTED_PROXIES", "proxy.local", "as 127.0.0.1"), ("TRUSTED_PROXIES", "*", "networks"),
    ])
    func `a wrong value is named with its key and its fix`(key: String, value: String, fix: String) async throws {
        let error = await #expect(throws: SettingsError.self) { try await self.access([key: value]) }
        let problem = try #require(error?.problems.first)
        #expect(error?.problems.count == 1 && problem.key == key && problem.value == value)
        #expect(problem.fix.contains(fix), "\(problem.fix)")
    }

    @Test func `a password in an origin is not repeated`() async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await self.access(["CORS_ORIGINS": "https://me:secret-7@app.example.com"])
        }
        #expect(error?.description.contains("secret-7") == false)
    }
}
