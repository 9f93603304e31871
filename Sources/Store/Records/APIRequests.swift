private import Foundation
internal import GRDB

/// A request to the API that changes something, so that it is carried out once however often it is sent.
package struct APIRequest: Hashable, Sendable {
    /// What was answered, to be given again.
    package struct Answer: Hashable, Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: [UInt8]

        package init(status: Int, headers: [String: String], body: [UInt8]) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    package let principal: String
    package let key: String
    /// Of method, path, query and body.
    package let fingerprint: String
    /// A UUID: what the request creates is named for it.
    package let intent: String
    /// Unix milliseconds.
    package let begunAt: Int64
    /// nil until there is one that may be given again.
    package internal(set) var answer: Answer?
    /// Unix milliseconds.
    package internal(set) var answeredAt: Int64?

    package init(principal: String, key: String, fingerprint: String, intent: String, begunAt: Int64) {
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
        self.intent = intent
        self.begunAt = begunAt
    }

    fileprivate init(row: Row) throws {
        self.init(
            principal: row["principal"],
            key: row["key"],
            fingerprint: row["fingerprint"],
            intent: row["intent"],
            begunAt: row["begunAt"]
        )
        self.answeredAt = row["answeredAt"]
        guard let status = row["status"] as Int? else { return }
        let headers = try JSONDecoder().decode([String: String].self, from: Data((row["headers"] as String).utf8))
        self.answer = Answer(status: status, headers: headers, body: [UInt8](row["body"] as Data))
    }
}

extension Transaction {
    package func apiRequest(_ key: String, of principal: String) throws -> APIRequest? {
        try self.row("SELECT * FROM apiRequest WHERE principal = ? AND key = ?", [principal, key])
            .map(APIRequest.init(row:))
    }

    /// Keeps a request that is about to be carried out, instead of one of the same key.
    package func begin(_ request: APIRequest) throws {
        try self.execute(
            """
            INSERT OR REPLACE INTO apiRequest (principal, key, fingerprint, intent, begunAt) VALUES (?, ?, ?, ?, ?)
            """,
            [request.principal, request.key, request.fingerprint, request.intent, request.begunAt]
        )
    }

    /// Keeps what was answered, unless another request has taken its place.
    package func keep(_ answer: APIRequest.Answer, to request: APIRequest, at now: Int64) throws {
        try self.execute(
            """
            UPDATE apiRequest SET status = :status, headers = :headers, body = :body, answeredAt = :now
            WHERE principal = :principal AND key = :key AND intent = :intent
            """,
            [
                "status": answer.status,
                "headers": String(decoding: try JSONEncoder().encode(answer.headers), as: UTF8.self),
                "body": Data(answer.body), "now": now, "principal": request.principal, "key": request.key,
                "intent": request.intent,
            ]
        )
    }

    /// Forgets a request that had no effect.
    package func forget(_ request: APIRequest) throws {
        try self.execute(
            "DELETE FROM apiRequest WHERE principal = ? AND key = ? AND intent = ?",
            [request.principal, request.key, request.intent]
        )
    }

    /// Forgets some requests that were begun before a time, the oldest first.
    package func forgetAPIRequests(begunBefore time: Int64, atMost limit: Int) throws {
        try self.execute(
            """
            DELETE FROM apiRequest WHERE id IN (
                SELECT id FROM apiRequest WHERE begunAt < ? ORDER BY begunAt LIMIT ?)
            """,
            [time, limit]
        )
    }
}
