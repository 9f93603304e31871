import Foundation
import HTTPTypes
import Proxy
import TestSupport
import Testing

/// The API's document: what it says is so, and nothing is left out.
@Suite(.timeLimit(.minutes(3))) struct OpenAPITests {
    @Test func `the document is valid, and its examples fit their schemas`() async throws {
        #expect(try await OpenAPIDocument.sluice.problems() == [])
        let text = try String(contentsOf: OpenAPIDocument.sluice.url, encoding: .utf8)
        #expect(text == OpenAPIRoute.document && text.contains(#""openapi": "3.1.0""#))
    }

    /// Every `APIRoute(.get, "/path"` that is written in the room.
    private static func routes() throws -> Set<String> {
        let room = OpenAPIDocument.sluice.url.appending(path: "../..").standardizedFileURL
        let files = FileManager.default.enumerator(at: room, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        var routes: Set<String> = []
        for file in try #require(files) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /APIRoute\(\s*\.([a-z]+),\s*"([^"]+)"/) {
                routes.insert("\(match.output.1) /api/lago\(match.output.2)")
            }
        }
        return routes
    }

    /// Every operation of the document, as `get /path`.
    private static func operations() throws -> Set<String> {
        let document = try JSONSerialization.jsonObject(with: Data(OpenAPIRoute.document.utf8)) as? [String: Any]
        let paths = try #require(document?["paths"] as? [String: [String: Any]])
        return Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
    }

    @Test func `every route is in the document, and nothing else is`() throws {
        let documented = try Self.operations().subtracting(["get /openapi.json"])
        let written = try Self.routes()
        #expect(written.subtracting(documented).sorted() == [])
        #expect(documented.subtracting(written).sorted() == [])
    }

    @Test func `the document is for everybody, and is not sent twice`() async throws {
        try await APIWorld.running(routes: { _, _ in [] }) { world in
            let request = HTTPRequestText("GET", "/openapi.json")
            let answer = try #require(try await request.send(to: world.port))
            #expect(answer.status == 200 && answer.text == OpenAPIRoute.document)
            #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
            #expect(answer.header("Access-Control-Allow-Origin") == "*")
            let tag = try #require(answer.header("ETag"))
            let again = try #require(try await request.with("If-None-Match", tag).send(to: world.port))
            #expect(again.status == 304 && again.body.isEmpty)
        }
    }

    private static let wallets = "/api/lago/wallets?external_customer_id=a"
    private static let json = [(name: "Content-Type", value: "application/json")]

    @Test(arguments: [
        (status: 418, headers: json, body: "{}", problem: "answered 418, which is not documented: {}"),
        (200, json, #"{"wallet":null}"#, "answered 200: $: 'wallets' is a required property"),
        (200, json, #"{"wallet":null,"wallets":[],"more":1}"#, "Additional properties are not allowed"),
        (200, json, "{", "answered 200: no JSON"),
        (200, [("Content-Type", "text/html")], "", "answered 200: the content type text/html is not documented"),
        (200, json + [("Age", "old")], #"{"wallet":null,"wallets":[]}"#, "header Age: $: 'old' is not of type"),
        (404, json, #"{"status":404,"error":"Not Found"}"#, "answered 404: $: 'code' is a required property"),
        (500, json, #"{"status":500,"error":"a","code":"b"}"#, #"answered 500: {"status":500"#),
        (304, [], "{}", "answered 304: a body that is not documented"),
    ])
    func `an answer that the document does not allow is found out`(
        status: Int,
        headers: [(name: String, value: String)],
        body: String,
        problem: String
    ) async throws {
        let answer = APIExchange("GET", Self.wallets, status: status, headers: headers, body: Array(body.utf8))
        let problems = try await OpenAPIDocument.sluice.problems(of: [answer])
        #expect(problems.count == 1 && problems.first?.contains(problem) == true, "\(problems)")
    }
}
