package import Foundation

/// Where webhooks go, and which.
package struct WebhookEndpoint: Sendable {
    package let id: String
    package var url: String
    package var algorithm: SignatureAlgorithm
    package var name: String?
    /// Nil takes every type; an empty list takes none.
    package var eventTypes: [String]?
    package let createdAt: Date

    package enum SignatureAlgorithm: String, Sendable {
        case jwt, hmac
    }

    /// Whether a payload that says `webhookType` is delivered here.
    ///
    /// Lago compares the payload's word, not the registered one, and its filter does not accept
    /// `credit_note.refund_failure`: that event reaches only endpoints without a filter.
    package func takes(webhookType: String) -> Bool {
        self.eventTypes?.contains(webhookType) ?? true
    }

    func json(organizationID: String) -> JSONValue {
        [
            "lago_id": .string(self.id), "lago_organization_id": .string(organizationID),
            "webhook_url": .string(self.url), "signature_algo": .string(self.algorithm.rawValue),
            "name": .text(self.name), "event_types": self.eventTypes.map { .array($0.map { .string($0) }) } ?? nil,
            "created_at": .string(LagoTime.seconds(self.createdAt)),
        ]
    }
}

extension WebhookEndpoint {
    /// Lago's limit per organisation.
    package static let maximumCount = 10

    init(_ body: JSONValue, at now: Date) throws(LagoFailure) {
        self.init(id: LagoID.new(), url: "", algorithm: .jwt, eventTypes: nil, createdAt: now)
        try self.apply(body)
    }

    /// Applies the `webhook_endpoint` object of a request; only the keys that are present change.
    ///
    /// - Throws: `LagoFailure` 422 for a URL or a filter that Lago refuses, 500 for an algorithm it does not know.
    mutating func apply(_ body: JSONValue) throws(LagoFailure) {
        var details: [String: [String]] = [:]
        if let url = body["webhook_url"] { self.url = url.string ?? "" }
        if self.url.isEmpty {
            details["webhook_url"] = ["value_is_mandatory", "url_is_invalid"]
        } else if !Self.isAcceptable(url: self.url) {
            details["webhook_url"] = ["url_is_invalid"]
        }
        if let name = body["name"] { self.name = name.string }
        if let algorithm = body["signature_algo"]?.string {
            guard let known = SignatureAlgorithm(rawValue: algorithm) else { throw .crash }
            self.algorithm = known
        }
        if let filter = body["event_types"] {
            switch Self.filter(filter) {
            case .success(let types): self.eventTypes = types
            case .failure(let refusal): details["event_types"] = [refusal.sentence]
            }
        }
        guard details.isEmpty else { throw .validation(details) }
    }

    private static func isAcceptable(url: String) -> Bool {
        guard let parts = URLComponents(string: url), let host = parts.host else { return false }
        return ["http", "https"].contains(parts.scheme?.lowercased()) && !host.isEmpty
    }

    private struct FilterRefusal: Error {
        let sentence: String
    }

    private static func filter(_ value: JSONValue) -> Result<[String]?, FilterRefusal> {
        guard value != .null else { return .success(nil) }
        guard let entries = value.array else { return .failure(FilterRefusal(sentence: "must_be_array")) }
        var types: [String] = []
        for entry in entries {
            let name = (entry.string ?? entry.railsText).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
            if !types.contains(name) { types.append(name) }
        }
        guard types != ["*"] else { return .success(nil) }
        let unknown = types.filter { LagoWebhook(rawValue: $0) == nil }
        guard unknown.isEmpty else {
            let list = unknown.map { "\"\($0)\"" }.joined(separator: ", ")
            return .failure(FilterRefusal(sentence: "contains invalid types: [\(list)]"))
        }
        return .success(types)
    }
}
