private import Foundation
internal import LagoAPI

/// Lago's words on a top-up that it refused, as they are kept for whoever asked for it.
struct TopUpRefusal: Codable, Sendable {
    private enum Kind: String, Codable {
        case badRequest = "bad_request"
        case notFound = "not_found"
        case conflict
        case validation
    }

    private let kind: Kind
    private let code: String?
    private let details: [String: [String]]?

    /// Nil for an error that is no word of Lago's on these values.
    init?(_ error: LagoError) {
        switch error {
        case .badRequest: (self.kind, self.code, self.details) = (.badRequest, nil, nil)
        case .notFound(let code): (self.kind, self.code, self.details) = (.notFound, code, nil)
        case .conflict(let code): (self.kind, self.code, self.details) = (.conflict, code, nil)
        case .validation(let code, let details): (self.kind, self.code, self.details) = (.validation, code, details)
        default: return nil
        }
    }

    init?(json: String) {
        guard let kept = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = kept
    }

    var json: String? { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } }

    var error: LagoError {
        switch self.kind {
        case .badRequest: .badRequest
        case .notFound: .notFound(code: self.code)
        case .conflict: .conflict(code: self.code)
        case .validation: .validation(code: self.code, details: self.details ?? [:])
        }
    }
}
