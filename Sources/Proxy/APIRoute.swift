package import HTTPTypes

/// One route of the API: what the listener serves, what the OpenAPI document describes and what tests walk through.
package struct APIRoute: Sendable {
    /// Who may call it. What a customer may see of it is the handler's to say, by `APICall.customer(_:)`.
    package enum Access: Sendable {
        /// Customers, about themselves, and server keys.
        case customers
        /// Server keys only.
        case servers
    }

    package let method: HTTPRequest.Method
    /// As in OpenAPI: `/api/lago/wallets/{id}/transactions`.
    package let path: String
    package let access: Access
    /// Whether it takes a body of JSON.
    package let takesBody: Bool
    /// What a request without a key of its own buys: the same again, soon after, is the same request. Nil for requests that
    /// may be made as often as anybody likes.
    package let purchase: (@Sendable (APICall) throws -> String?)?
    /// - Throws: `APIFailure`, `LagoError`, or what the store throws.
    package let respond: @Sendable (APICall) async throws -> APIAnswer

    package init(
        _ method: HTTPRequest.Method,
        _ path: String,
        for access: Access,
        takesBody: Bool? = nil,
        buying purchase: (@Sendable (APICall) throws -> String?)? = nil,
        respond: @escaping @Sendable (APICall) async throws -> APIAnswer
    ) {
        self.method = method
        self.path = "/api/lago\(path)"
        self.access = access
        self.takesBody = takesBody ?? [.post, .put, .patch].contains(method)
        self.purchase = purchase
        self.respond = respond
    }
}
