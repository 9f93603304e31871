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
    /// 404: `code` names what is missing, as `wallet_not_found`. nil for an empty id, about which Lago was not asked.
    case notFound(code: String?)
    /// 404 with `resource_not_found`: this Lago has no such call; it is older than the call, or the path is wrong.
    case noRoute
    /// 405: the state of the object does not allow it, as `no_active_subscription`; not about the HTTP method.
    case conflict(code: String?)
    /// 422: `details` by field, nested ones joined with a dot; a plain text is under `base`.
    case validation(code: String?, details: [String: [String]])
    /// 429: `resetSeconds` as `x-ratelimit-reset` or `Retry-After` say, where they do.
    case rateLimited(resetSeconds: Double?)
    /// 5xx.
    case server(status: Int)
    /// A status that Lago does not send, or not so: a 404 or 405 without a code. Something else answers there.
    case unexpected(status: Int)
    /// The status was good and the body was not; `what` names the part.
    case unreadable(what: String)
    /// A document of Lago's could not be fetched.
    case file(FileFault)
    /// There was no answer.
    case transport(TransferError)

    /// Whether the same call may succeed later without anybody's doing.
    package var canRetryHelp: Bool {
        switch self {
        case .badRequest, .unauthorized, .forbidden, .notFound, .noRoute, .conflict: false
        case .validation(let code, _): code == "lock_acquisition_failed"
        case .rateLimited, .server: true
        // A 404 of a proxy that has lost sight of Lago passes.
        case .unexpected(let status): [404, 408, 409, 425].contains(status)
        case .unreadable: true  // half a deployment, a proxy's error page
        case .file(let fault): fault.canRetryHelp
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
        case .noRoute: "no_route"
        case .conflict: "conflict"
        case .validation: "validation"
        case .rateLimited: "rate_limited"
        case .server: "server"
        case .unexpected: "unexpected"
        case .unreadable: "unreadable"
        case .file: "file"
        case .transport(let error): error.label
        }
    }

    package var description: String {
        switch self {
        case .badRequest: "Lago could not read the request (400)"
        case .unauthorized: "Lago does not accept the API key (401)"
        case .forbidden(let code): "Lago does not allow this to the API key (403\(Self.words(code)))"
        case .notFound(let code): "Lago does not know it (404\(Self.words(code)))"
        case .noRoute: "Lago has no such call (404, resource_not_found); perhaps it is too old"
        case .conflict(let code): "Lago refuses it as things stand (405\(Self.words(code)))"
        case .validation(let code, let details):
            "Lago refuses the values (422\(Self.words(code))): \(Self.words(details))"
        case .rateLimited(let seconds): "Lago asks for a pause (429)\(seconds.map { ", \($0) s" } ?? "")"
        case .server(let status) where (502...504).contains(status): "Lago is not there behind its proxy (\(status))"
        case .server(let status): "Lago failed (\(status))"
        case .unexpected(let status): "what answers is perhaps not Lago (\(status))"
        case .unreadable(let what): "Lago's answer cannot be read: \(what)"
        case .file(let fault): fault.words
        case .transport(let error): "\(Self.words(error.kind)): \(error)"
        }
    }

    private static func words(_ kind: TransferError.Kind) -> String {
        switch kind {
        case .resolve: "Lago's host has no address"
        case .connect: "nobody answers at Lago's address"
        case .tls: "the encrypted connection to Lago failed"
        case .timedOut: "Lago did not answer in time"
        case .tooLarge: "Lago's answer is larger than allowed"
        case .connectionLost: "the connection to Lago ended before its answer did"
        case .badResponse: "what answers at Lago's address does not speak HTTP"
        case .invalidURL, .invalidRequest, .smtpRefused, .cancelled, .stopped, .engine: "Lago was not asked"
        }
    }

    private static func words(_ code: String?) -> String { code.map { ", \($0)" } ?? "" }

    private static func words(_ details: [String: [String]]) -> String {
        let fields = details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.joined(separator: ", "))" }
        return String(fields.joined(separator: "; ").prefix(500))
    }
}
