internal import LagoAPI

/// What Lago's refusal of a batch says about its events.
enum UsageVerdict: Equatable {
    /// Lago has it already: it was sent before, and the answer was lost.
    case known
    /// Sending it again cannot help.
    case refused(reason: String)

    /// By the index of those that Lago names; none where the refusal is about something else.
    static func each(in error: LagoError, of count: Int) -> [Int: UsageVerdict] {
        guard case .validation(let code, let details) = error, !error.canRetryHelp else { return [:] }
        var named: [Int: [String: [String]]] = [:]
        for (path, words) in details {
            let parts = path.split(separator: ".", maxSplits: 1)
            guard let index = parts.first.flatMap({ Int($0) }), (0..<count).contains(index) else { continue }
            named[index, default: [:]][parts.count > 1 ? String(parts[1]) : "base"] = words
        }
        return named.mapValues { fields in UsageVerdict(fields, code: code) }
    }

    /// What Lago's refusal of one event, sent by itself, says; nil where trying again can help.
    init?(alone error: LagoError) {
        switch error {
        case .validation(let code, let details) where !error.canRetryHelp: self.init(details, code: code)
        case .badRequest, .unexpected(status: 413): self = .refused(reason: "\(error)")
        default: return nil
        }
    }

    private init(_ fields: [String: [String]], code: String?) {
        let isKnown = fields["transaction_id"]?.contains("value_already_exist") == true
        self = isKnown ? .known : .refused(reason: "\(LagoError.validation(code: code, details: fields))")
    }
}
