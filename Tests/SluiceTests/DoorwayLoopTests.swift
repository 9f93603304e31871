import Foundation
import Store
import TestSupport
import Testing

/// The doorway of a whole `sluice serve`, as its settings have it.
@Suite(.timeLimit(.minutes(3))) struct DoorwayLoopTests {
    private static let key = "a-key-for-the-doorway-of-the-api"

    private static func request(_ method: String, _ path: String, token: String, _ headers: [(String, String)] = [])
        -> HTTPRequestText
    {
        HTTPRequestText(method, "/api/lago\(path)", headers: [("Authorization", "Bearer \(token)")] + headers)
    }

    @Test func `pages, proxies and the limit are what the settings say`() async throws {
        try await SandboxPeer.running { lago in
            var home = try SluiceHome(lago.settings)
            home.settings.merge([
                "API_KEYS": Self.key, "CORS_ORIGINS": "https://app.test", "RATE_LIMIT_PER_MINUTE": "2",
                "TRUSTED_PROXIES": "127.0.0.1",
            ]) { $1 }
            try await home.serving { server in
                let port = try await server.port()
                let asking = [("Origin", "https://app.test"), ("Access-Control-Request-Method", "PUT")]
                let asked = try await Self.request("OPTIONS", "/settings", token: "", asking).send(to: port)
                #expect(asked?.status == 204)
                #expect(asked?.header("Access-Control-Allow-Origin") == "https://app.test")
                #expect(asked?.header("Access-Control-Allow-Methods") == "GET, HEAD, PUT")
                var statuses: [Int?] = []
                for address in ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"] {
                    let headers = [("X-Forwarded-For", address), ("Origin", "https://app.test")]
                    let answer = try await Self.request("GET", "/plans", token: "guess", headers).send(to: port)
                    #expect(answer?.header("RateLimit-Limit") == "2")
                    #expect(answer?.header("Access-Control-Allow-Origin") == "https://app.test")
                    statuses.append(answer?.status)
                }
                #expect(statuses == [401, 401, 429, 401])
                for _ in 0..<5 {
                    let answer = try await Self.request("GET", "/plans", token: Self.key).send(to: port)
                    #expect(answer?.status == 200 && answer?.header("RateLimit-Limit") == nil)
                }
            }
        }
    }

    /// What the server says of itself: the methods of each path, and a path of that kind.
    private static func paths(_ port: Int) async throws -> [(path: String, methods: Set<String>)] {
        let answer = try #require(try await HTTPRequestText("GET", "/openapi.json").send(to: port))
        let document = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let paths = try #require(document?["paths"] as? [String: [String: Any]])
        return paths.filter { $0.key.hasPrefix("/api/lago/") }.map { path, operations in
            let path = path.replacing("/api/lago", with: "").replacing(/\{[a-z_]+\}/, with: "none")
            return (path, Set(operations.keys.map { $0.uppercased() }))
        }
    }

    @Test func `every route that is documented says what it takes, and has a HEAD for its GET`() async throws {
        try await SandboxPeer.running { lago in
            var home = try SluiceHome(lago.settings)
            home.settings.merge(["API_KEYS": Self.key, "LAGO_MAX_REQUESTS_PER_SECOND": "1000"]) { $1 }
            try await home.serving { server in
                let port = try await server.port()
                let paths = try await Self.paths(port)
                #expect(paths.count > 10)
                for (path, methods) in paths {
                    let answer = try await Self.request("TRACE", path, token: Self.key).send(to: port)
                    let allowed = answer?.header("Allow")?.split(separator: ", ").map(String.init) ?? []
                    #expect(answer?.status == 405, "\(path)")
                    #expect(Set(allowed) == (methods.contains("GET") ? methods.union(["HEAD"]) : methods), "\(path)")
                    #expect(answer?.header("X-Content-Type-Options") == "nosniff")
                    guard methods.contains("GET"), !path.hasSuffix("/stream") else { continue }
                    let closing = [("Connection", "close")]
                    let whole = try await Self.request("GET", path, token: Self.key, closing).send(to: port)
                    let head = try await TCPClient.connected(to: port) { connection in
                        try await connection.write(Self.request("HEAD", path, token: Self.key, closing).bytes)
                        var bytes: [UInt8] = []
                        while let more = try await connection.read() { bytes += more }
                        return String(decoding: bytes, as: UTF8.self)
                    }
                    let status = try #require(whole).status
                    #expect(head.hasPrefix("HTTP/1.1 \(status) ") && head.hasSuffix("\r\n\r\n"), "\(path)")
                }
            }
        }
    }

    @Test func `while Lago is not configured, pages can read that it is not`() async throws {
        let home = try SluiceHome([
            "API_KEYS": Self.key, "CORS_ORIGINS": "https://app.test", "RATE_LIMIT_PER_MINUTE": "1",
        ])
        try await home.serving { server in
            let port = try await server.port()
            let page = [("Origin", "https://app.test")]
            let asking = page + [("Access-Control-Request-Method", "PUT")]
            let asked = try await Self.request("OPTIONS", "/settings", token: "", asking).send(to: port)
            #expect(asked?.header("Access-Control-Allow-Methods") == "GET, HEAD, POST, PUT, PATCH, DELETE")
            var statuses: [Int?] = []
            for token in [Self.key, Self.key, "guess", "guess"] {
                let answer = try await Self.request("PUT", "/settings", token: token, page).send(to: port)
                #expect(answer?.header("Access-Control-Allow-Origin") == "https://app.test")
                statuses.append(answer?.status)
            }
            #expect(statuses == [503, 503, 401, 429])
        }
    }

    @Test func `a key that Lago refuses is told to the operator, once`() async throws {
        try await SandboxPeer.running { lago in
            var home = try SluiceHome(lago.settings)
            home.settings.merge([
                "API_KEYS": Self.key, "LAGO_API_KEY": "an-old-key", "OPERATOR_EMAIL": "ops@example.test",
                "SMTP_URL": "file://\(home.folder.path("mails"))",
            ]) { $1 }
            try await home.serving { server in
                for _ in 0..<5 {
                    let answer = try await Self.request("GET", "/plans", token: Self.key)
                        .send(to: try await server.port())
                    #expect(answer?.status == 502 && answer?.text.contains("lago_unauthorized") == true)
                }
                let store = try Store(path: home.storePath, access: .command)
                func mails() async throws -> [Message] {
                    try await store.messages(limit: 100).filter { $0.fact.hasPrefix("key_refused/") }
                }
                #expect(try await eventually { try await mails().first?.state == .sent })
                let sent = try await mails()
                #expect(sent.count == 1 && sent.first?.recipient == "ops@example.test")
                let text = try #require(sent.first).id
                let whole = try await store.message(text)?.text ?? ""
                #expect(whole.contains("Set LAGO_API_KEY to a valid key") && !whole.contains("an-old-key"))
                try await store.close()
            }
        }
    }
}
