package import HTTPTypes
package import LagoAPI
private import Transport

/// Why a request was not carried out, in the shape of Lago's errors:
/// `{"status":422,"error":"Unprocessable Entity","code":"validation_errors","error_details":{"paid_credits":["invalid_amount"]}}`.
package struct APIFailure: Error, Equatable, CustomStringConvertible {
    package let status: HTTPResponse.Status
    /// One short word, for programs.
    package let code: String
    /// By field: words for programs, or sentences for people where a word would not do.
    package let details: [String: [String]]
    /// A sentence for a person, beside what the status says.
    package let message: String?
    /// Headers that go along, as `Retry-After`.
    package let headers: HTTPFields

    package init(
        _ status: HTTPResponse.Status,
        code: String,
        details: [String: [String]] = [:],
        message: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.details = details
        self.message = message
        self.headers = headers
    }

    package static func validation(_ details: [String: [String]]) -> APIFailure {
        APIFailure(.unprocessableContent, code: "validation_errors", details: details)
    }

    package static func invalid(_ field: String, _ problem: String) -> APIFailure {
        .validation([field: [problem]])
    }

    package static func notFound(_ code: String) -> APIFailure { APIFailure(.notFound, code: code) }

    /// No principal, or not a valid one; which of them it was is nobody's business.
    package static let unauthorized = APIFailure(
        .unauthorized,
        code: "unauthorized",
        headers: [.wwwAuthenticate: "Bearer"]
    )

    /// - Parameter allowed: the methods that the path takes.
    package static func wrongMethod(allowed: [HTTPRequest.Method]) -> APIFailure {
        APIFailure(
            .methodNotAllowed,
            code: "method_not_allowed",
            headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")]
        )
    }

    package static let forbidden = APIFailure(.forbidden, code: "forbidden")

    /// Lago's address or key is not set.
    package static let notConfigured = APIFailure(
        .serviceUnavailable,
        code: "configuration_missing",
        message: "Lago API configuration missing"
    )

    /// Lago's word on a request of ours, passed on in meaning.
    package init(_ error: LagoError) {
        switch error {
        case .badRequest: self.init(.badRequest, code: "bad_request")
        // The server's key is wrong, not the caller's.
        case .unauthorized:
            self.init(.badGateway, code: "lago_unauthorized", message: "Lago does not accept the server's key")
        case .forbidden(let code): self.init(.forbidden, code: code ?? "forbidden")
        case .notFound(let code): self.init(.notFound, code: code ?? "resource_not_found")
        case .noRoute: self.init(.notFound, code: "resource_not_found")
        case .conflict(let code): self.init(.methodNotAllowed, code: code ?? "method_not_allowed")
        case .validation(let code, let details):
            self.init(.unprocessableContent, code: code ?? "validation_errors", details: details)
        case .rateLimited(let seconds):
            let wait = seconds.map { Int($0.rounded(.up)) } ?? 1
            self.init(
                .serviceUnavailable,
                code: "lago_busy",
                message: "Lago asks for a pause",
                headers: [.retryAfter: "\(wait)"]
            )
        case .transport(let transport) where transport.kind == .timedOut:
            self.init(.gatewayTimeout, code: "lago_timeout", message: "Lago did not answer in time")
        case .server, .unexpected, .unreadable, .transport:
            self.init(.badGateway, code: "lago_unavailable", message: "Lago does not answer as it should")
        }
    }

    package var description: String {
        let details = self.details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.joined(separator: ", "))" }
        return "\(self.status.code) \(self.code)" + (details.isEmpty ? "" : ": \(details.joined(separator: "; "))")
    }

    /// What the status says, in Lago's words: it knows 422 by its older name.
    private var reason: String {
        self.status == .unprocessableContent ? "Unprocessable Entity" : self.status.reasonPhrase
    }

    package var answer: APIAnswer {
        var members: [(name: String, value: JSONText)] = [
            ("status", .integer(Int64(self.status.code))), ("error", .text(self.message ?? self.reason)),
            ("code", .text(self.code)),
        ]
        if !self.details.isEmpty {
            let details = self.details.sorted { $0.key < $1.key }
                .map { (name: $0.key, value: JSONText.list($0.value.map { .text($0) })) }
            members.append(("error_details", .object(details)))
        }
        var answer = APIAnswer(.object(members), status: self.status)
        answer.headers.append(contentsOf: self.headers)
        return answer
    }
}
