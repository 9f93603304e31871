internal import HTTPTypes

/// Which web pages may call the API from a browser (CORS).
///
/// Only origins that are named are ever answered with their name. No cookies are asked for: a page sends its customer's
/// token, or nothing.
package struct CrossOrigin: Sendable {
    private static let requestHeaders = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"
    private static let shownHeaders = [
        "ETag", "Age", "Warning", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
        "Idempotent-Replayed", "Location", "Content-Disposition",
    ].joined(separator: ", ")

    private let origins: Set<String>

    /// - Parameter origins: as browsers send them; none for no pages but the server's own.
    package init(origins: Set<String> = []) { self.origins = origins }

    /// What an answer says of it.
    func headers(for request: HTTPFields) -> HTTPFields {
        guard !self.origins.isEmpty else { return [:] }
        var headers: HTTPFields = [.vary: "Origin"]
        guard let origin = self.allowedOrigin(of: request) else { return headers }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = Self.shownHeaders
        return headers
    }

    /// The answer to a browser's question whether a page may call; nil where `request` is not one.
    ///
    /// - Parameter methods: what the path takes.
    func preflight(_ request: HTTPFields, methods: [HTTPRequest.Method]) -> APIAnswer? {
        guard !self.origins.isEmpty, request[.origin] != nil, request[.accessControlRequestMethod] != nil else {
            return nil
        }
        var answer = APIAnswer(status: .noContent, body: .bytes([]))
        guard let origin = self.allowedOrigin(of: request) else { return answer }
        answer.headers[.accessControlAllowOrigin] = origin
        answer.headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
        answer.headers[.accessControlAllowHeaders] = Self.requestHeaders
        answer.headers[.accessControlMaxAge] = "600"
        return answer
    }

    private func allowedOrigin(of request: HTTPFields) -> String? {
        request[.origin].flatMap { self.origins.contains($0) ? $0 : nil }
    }
}
