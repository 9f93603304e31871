import Foundation
import TestSupport
import Testing

/// An application that calls the API of a running server.
struct APIPeer: Sendable {
    let port: Int
    /// A server key or a customer's token; empty for none.
    let token: String

    /// Calls `/api/lago/` and `path`; nil where the connection ends before an answer.
    func call(
        _ method: String,
        _ path: String,
        _ json: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPAnswer? {
        var all = headers
        if !self.token.isEmpty { all.append(("Authorization", "Bearer \(self.token)")) }
        if json != nil { all.append(("Content-Type", "application/json")) }
        return try await HTTPRequestText(method, "/api/lago/\(path)", headers: all, body: Array((json ?? "").utf8))
            .send(to: self.port)
    }

    /// The object in an answer of 200.
    func object(_ method: String, _ path: String, _ json: String? = nil) async throws -> [String: Any] {
        let answer = try #require(try await self.call(method, path, json))
        #expect(answer.status == 200, "\(method) \(path): \(answer.text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }
}
