import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Rules
import Sandbox
import TestSupport
import Testing
import Transport

/// What every answer has, and how paths and methods are answered that no route has.
@Suite(.timeLimit(.minutes(3))) struct DoorwayTests {
    /// The routes of the reads, which have all methods among them.
    private static func running(_ body: (APIWorld) async throws -> Void) async throws {
        try await APIWorld.running {
            $0.customers = SandboxPeer.customers(1)
        } routes: { store, client in
            Self.routes(LagoReads(client: client, store: store, logger: quietLogger, now: APIWorld.now))
        } body: {
            try await body($0)
        }
    }

    private static func routes(_ reads: LagoReads) -> [APIRoute] {
        CustomerRoutes(reads).routes + InvoiceRoutes(reads).routes + SubscriptionRoutes(reads).routes + [
            APIRoute(.get, "/broken", for: .servers) { _ in throw CocoaError(.fileNoSuchFile) },
            APIRoute(.get, "/kept", for: .servers) { _ in
                APIAnswer(status: .ok, headers: [.cacheControl: "no-store"], body: .bytes([]))
            },
        ]
    }

    /// What came over the wire, to the connection's end.
    private func raw(_ method: String, _ path: String, on world: APIWorld, key: String = APIWorld.key) async throws
        -> String
    {
        try await TCPClient.connected(to: world.port) { connection in
            let headers = [("Connection", "close"), ("Authorization", "Bearer \(key)")]
            try await connection.write(HTTPRequestText(method, path, headers: headers).bytes)
            var bytes: [UInt8] = []
            while let more = try await connection.read() { bytes += more }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func `every answer says that it is what it says, and nobody else's to keep`() async throws {
        try await Self.running { world in
            let calls: [(method: String, path: String, token: String, status: Int)] = [
                ("GET", "/customers?external_id=cust_1", APIWorld.key, 200),
                ("GET", "/customers?x=y", APIWorld.key, 422),
                ("GET", "/customers?external_id=%FF", APIWorld.key, 400), ("GET", "/customers", "wrong", 401),
                ("GET", "/invoices/none", APIWorld.key, 404), ("GET", "/nowhere", APIWorld.key, 404),
                ("GET", "/nowhere", "", 401), ("DELETE", "/customers", APIWorld.key, 405),
                ("GET", "/broken", APIWorld.key, 500),
            ]
            for call in calls {
                let answer = try await world.call(call.method, call.path, token: call.token)
                #expect(answer.status == call.status, "\(call)")
                #expect(answer.header("X-Content-Type-Options") == "nosniff", "\(call)")
                #expect(answer.header("Cache-Control") == "private, no-cache", "\(call)")
            }
            let known = try await world.call("GET", "/customers?external_id=cust_1")
            let tag = try #require(known.header("ETag"))
            let again = try await world.call("GET", "/customers?external_id=cust_1", headers: [("If-None-Match", tag)])
            #expect(again.status == 304 && again.header("X-Content-Type-Options") == "nosniff")
            let kept = try await world.call("GET", "/kept")
            #expect(kept.header("Cache-Control") == "no-store" && kept.header("X-Content-Type-Options") == "nosniff")
            let document = try #require(try await HTTPRequestText("GET", "/openapi.json").send(to: world.port))
            #expect(
                document.header("X-Content-Type-Options") == "nosniff" && document.header("Cache-Control") == "no-cache"
            )
        }
    }

    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]

    @Test func `a method that a path does not take is 405 with those that it takes, for every route`() async throws {
        try await Self.running { world in
            let reads = LagoReads(client: world.client, store: world.store, logger: quietLogger, now: APIWorld.now)
            let byPath = Dictionary(grouping: Self.routes(reads), by: \.path).mapValues {
                Set($0.map(\.method.rawValue))
            }
            #expect(byPath.count > 8)
            for (template, taken) in byPath {
                let path = template.replacing("/api/lago", with: "").replacing(/\{[a-z_]+\}/, with: "some-id")
                for method in Self.methods where !taken.contains(method) {
                    let answer = try await world.call(method, path)
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(try answer.object["code"] as? String == "method_not_allowed")
                    let allowed = Set((answer.header("Allow") ?? "").split(separator: ", ").map(String.init))
                    #expect(allowed == (taken.contains("GET") ? taken.union(["HEAD"]) : taken), "\(method) \(path)")
                    #expect(try await world.call(method, path, token: "wrong").status == 401)
                }
            }
        }
    }

    @Test(arguments: ["", "/", "/nowhere", "/wallets/a/b/c", "/customers/cust_1", "/customers/", "/%2e%2e/customers"])
    func `a path that is not there is 404 for every method, to those who may ask`(path: String) async throws {
        try await Self.running { world in
            for method in Self.methods where path != "/customers/" || !["GET", "POST"].contains(method) {
                let answer = try await world.call(method, path)
                // A slash at the end does not make another path.
                let isThere = path == "/customers/"
                #expect(answer.status == (isThere ? 405 : 404), "\(method) \(path)")
                #expect(try answer.object["code"] as? String == (isThere ? "method_not_allowed" : "resource_not_found"))
                #expect(try await world.call(method, path, token: "").status == 401)
            }
        }
    }

    @Test func `what is beside the API is not the API's to answer`() async throws {
        try await Self.running { world in
            for path in ["/", "/api", "/api/lagoon", "/api/lag", "/webhooks/lago"] {
                let answer = try #require(try await HTTPRequestText("GET", path).send(to: world.port))
                #expect(answer.status == 404 && answer.header("X-Content-Type-Options") == nil)
            }
        }
    }

    @Test(arguments: [
        ("/api/lago/customers?external_id=cust_1", 200), ("/api/lago/customers?external_id=nobody", 404),
        ("/api/lago/customers?x=y", 422), ("/api/lago/invoices/none", 404), ("/api/lago/nowhere", 404),
        ("/openapi.json", 200),
    ])
    func `HEAD has the head of GET, and nothing else`(path: String, status: Int) async throws {
        try await Self.running { world in
            // All but the date.
            func head(_ text: String) throws -> (lines: Set<Substring>, rest: Substring) {
                let end = try #require(text.firstRange(of: "\r\n\r\n"))
                let lines = text[..<end.lowerBound].split(separator: "\r\n").filter {
                    !$0.lowercased().hasPrefix("date:")
                }
                return (Set(lines), text[end.upperBound...])
            }
            let whole = try head(try await self.raw("GET", path, on: world))
            let only = try head(try await self.raw("HEAD", path, on: world))
            #expect(only.rest.isEmpty && !whole.rest.isEmpty)
            #expect(only.lines == whole.lines)
            #expect(only.lines.contains { $0.hasPrefix("HTTP/1.1 \(status) ") })
        }
        try await Self.running { world in
            let refused = try await self.raw("HEAD", "/api/lago/customers", on: world, key: "wrong")
            #expect(refused.hasPrefix("HTTP/1.1 401 ") && refused.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `HEAD of a stream ends at once, and takes no place`() async throws {
        try await StreamWorld.running(ofCustomer: 1) { world in
            try await world.save("18")
            for _ in 0..<3 {
                let text = try await self.raw("HEAD", "/api/lago/wallets/stream?external_customer_id=c", on: world.api)
                #expect(text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix("\r\n\r\n"))
                #expect(text.contains("text/event-stream") && !text.contains("retry:"))
            }
            try await world.listening { reader in
                #expect(reader.status == 200 && reader.header("X-Content-Type-Options") == "nosniff")
            }
        }
    }

    @Test func `HEAD of what has changed since is 200, of what has not 304`() async throws {
        try await Self.running { world in
            let tag = try await world.call("GET", "/customers?external_id=cust_1").header("ETag")
            for (known, status) in [(try #require(tag), "304"), ("\"other\"", "200")] {
                let headers = [
                    ("Authorization", "Bearer \(APIWorld.key)"), ("If-None-Match", known), ("Connection", "close"),
                ]
                let request = HTTPRequestText("HEAD", "/api/lago/customers?external_id=cust_1", headers: headers)
                let text = try await TCPClient.connected(to: world.port) { connection in
                    try await connection.write(request.bytes)
                    return String(decoding: try #require(try await connection.read()), as: UTF8.self)
                }
                #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func `answers without a body leave their connection in order`() async throws {
        let doorway = Doorway(pages: CrossOrigin(origins: ["https://app.test"]))
        try await StreamWorld.running(doorway: doorway) { world in
            try await world.save("18")
            let stream = "/api/lago/wallets/stream?external_customer_id=c"
            let key = ("Authorization", "Bearer \(APIWorld.key)")
            let asking = [("Origin", "https://app.test"), ("Access-Control-Request-Method", "GET")]
            let requests = [
                HTTPRequestText("OPTIONS", stream, headers: asking), HTTPRequestText("HEAD", stream, headers: [key]),
                HTTPRequestText("HEAD", "/api/lago/nowhere", headers: [key]), HTTPRequestText("HEAD", "/openapi.json"),
                HTTPRequestText("GET", "/api/lago/nowhere", headers: [key, ("Connection", "close")]),
            ]
            let text = try await TCPClient.connected(to: world.api.port) { connection in
                for request in requests { try await connection.write(request.bytes) }
                var bytes: [UInt8] = []
                while let more = try await connection.read() { bytes += more }
                return String(decoding: bytes, as: UTF8.self)
            }
            let statuses = text.matches(of: #/HTTP\/1\.1 ([0-9]+) /#).map { String($0.output.1) }
            #expect(statuses == ["204", "200", "404", "200", "404"])
            let parts = text.components(separatedBy: "\r\n\r\n")
            #expect(parts.count == 6 && parts.dropLast().allSatisfy { $0.hasPrefix("HTTP/1.1 ") })
            #expect(parts.last == #"{"status":404,"error":"Not Found","code":"resource_not_found"}"#)
        }
    }
}
