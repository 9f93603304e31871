package import Transport

/// Why Lago did not do what it was asked, in the terms of its own answers.
///
/// No text repeats the key or a body; `code` and `details` are Lago's words about our request.
package enum LagoError: Error, Equatable, CustomStringConvertible {
    /// 400: what was sent is not of Lago's form.
    case badRequest
    /// 401: no key, an unknown or an expired one.
    case unauthorized
    /// 403: the licence or the key does not allow it; `code` as `feature_unavailable`, where there is one.
    case forbidden(code: String?)
    /// 404: `code` names what is missing, as `wallet_not_found`.
    case notFound(code: String?)
    /// 405: the state of the object does not allow it, as `no_active_subscription`; not about the HTTP method.
    case conflict(code: String?)
    /// 422: `details` by field, nested ones joined with a dot; a plain text is under `base`.
    case validation(code: String?, details: [String: [String]])
    /// 429: `resetSeconds` as `x-ratelimit-reset` or `Retry-After` say, where they do.
    case rateLimited(resetSeconds: Double?)
    /// 5xx.
    case server(status: Int)
    /// A status that Lago does not send: something else answers there.
    case unexpected(status: Int)
    /// The status was good and the body was not; `what` names the part.
    case unreadable(what: String)
    /// There was no answer.
    case transport(TransferError)

    /// Whether the same call may succeed later without anybody's doing.
    package var canRetryHelp: Bool {
        switch self {
        case .badRequest, .unauthorized, .forbidden, .notFound, .conflict: false
        case .validation(let code, _): code == "lock_acquisition_failed"
        case .rateLimited, .server: true
        case .unexpected(let status): [408, 409, 425].contains(status)
        case .unreadable: true  // half a deployment, a proxy's error page
        case .transport(let error): error.canRetryHelp
        }
    }

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self {
        case .badRequest: "bad_request"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .notFound: "not_found"
        case .conflict: "conflict"
        case .validation: "validation"
        case .rateLimited: "rate_limited"
        case .server: "server"
        case .unexpected: "unexpected"
        case .unreadable: "unreadable"
        case .transport(let error): error.label
        }
    }

    package var description: String {
        switch self {
        case .badRequest: "Lago could not read the request (400)"
        case .unauthorized: "Lago does not accept the API key (401)"
        case .forbidden(let code): "Lago does not allow this to the API key (403\(Self.words(code)))"
        case .notFound(let code): "Lago does not know it (404\(Self.words(code)))"
        case .conflict(let code): "Lago refuses it as things stand (405\(Self.words(code)))"
        case .validation(let code, let details):
            "Lago refuses the values (422\(Self.words(code))): \(Self.words(details))"
        case .rateLimited(let seconds): "Lago asks for a pause (429)\(seconds.map { ", \($0) s" } ?? "")"
        case .server(let status): "Lago failed (\(status))"
        case .unexpected(let status): "what answers is perhaps not Lago (\(status))"
        case .unreadable(let what): "Lago's answer cannot be read: \(what)"
        case .transport(let error): "Lago was not reached: \(error)"
        }
    }

    private static func words(_ code: String?) -> String { code.map { ", \($0)" } ?? "" }

    private static func words(_ details: [String: [String]]) -> String {
        let fields = details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.joined(separator: ", "))" }
        return String(fields.joined(separator: "; ").prefix(500))
    }
}
