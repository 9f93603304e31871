/// What all transactions of one request have in common.
struct TransactionTemplate {
    let name: String?
    let priority: Int64
    let metadata: [JSONObject.Member]
    let paymentMethod: JSONValue?
    var requiresSuccessfulPayment = false

    /// - Throws: `LagoFailure` 422 for a name or metadata that Lago refuses.
    init(_ body: JSONValue) throws(LagoFailure) {
        var details: [String: [String]] = [:]
        if let name = body["name"], name != .null {
            if name.string == nil { details["name"] = ["invalid_value"] }
            if name.string?.count ?? 0 > 255 { details["name"] = ["too_long"] }
        }
        if let metadata = body["metadata"], metadata != .null, let code = Self.refusal(of: metadata) {
            details["metadata"] = [code]
        }
        guard details.isEmpty else { throw .validation(details) }
        self.name = body["name"]?.string
        self.priority = body["priority"]?.integer ?? 50
        self.metadata = (body["metadata"]?.array ?? []).compactMap { pair in
            pair["key"]?.string.map { JSONObject.Member(key: $0, value: pair["value"] ?? .null) }
        }
        self.paymentMethod = body["payment_method"].flatMap { $0.object == nil ? nil : $0 }
    }

    func fill(_ transaction: inout WalletTransaction) {
        transaction.name = self.name
        transaction.priority = self.priority
        transaction.metadata = self.metadata
        transaction.requiresSuccessfulPayment = self.requiresSuccessfulPayment
        if let paymentMethod { transaction.paymentMethod = transaction.paymentMethod.merging(paymentMethod) }
    }

    /// Why Lago refuses the metadata: the last thing that is wrong with it.
    private static func refusal(of metadata: JSONValue) -> String? {
        guard let pairs = metadata.array else { return "invalid_type" }
        var refusal: String? = pairs.count > 15 ? "too_many_keys" : nil
        for pair in pairs {
            guard let members = pair.object?.members, Set(members.map(\.key)) == ["key", "value"],
                let key = pair["key"]?.string, !key.isEmpty
            else {
                refusal = "invalid_key_value_pair"
                continue
            }
            if key.count > 20 { refusal = "key_too_long" }
            switch pair["value"] {
            case .string(let text)?:
                if text.isEmpty { refusal = "invalid_key_value_pair" }
                if text.count > 100 { refusal = "value_too_long" }
            case .array?, .object?: refusal = "nested_structure_not_allowed"
            default: refusal = "invalid_key_value_pair"
            }
        }
        return refusal
    }
}
