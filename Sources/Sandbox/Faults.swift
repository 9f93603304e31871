/// What the sandbox does wrong on purpose.
///
/// - Shape in JSON: `{"latency_ms": 200, "server_error": {"rate": 0.1, "next": 2}, "only": "/wallets", …}`; what is left
///   out is off.
package struct Faults: Equatable, Sendable {
    /// How often one fault strikes: always for the `next` occasions, after that with probability `rate`.
    package struct Chance: Equatable, Sendable {
        package var rate: Double
        package var next: Int

        package static let never = Chance(rate: 0)
        package static let always = Chance(rate: 1)
        package static func next(_ count: Int) -> Chance { Chance(rate: 0, next: count) }

        package init(rate: Double, next: Int = 0) {
            self.rate = rate
            self.next = next
        }
    }

    /// How long every answer of the API takes longer.
    package var latency = Duration.zero
    /// The API answers 500 and does nothing.
    package var serverError = Chance.never
    /// The API closes the connection and does nothing.
    package var closedBeforeEffect = Chance.never
    /// The API does what it was asked, and closes the connection without an answer.
    package var closedAfterEffect = Chance.never
    /// The API answers 429 and does nothing; it asks for a pause of a second.
    package var rateLimited = Chance.never
    /// The API answers 200 with JSON that ends in the middle, and does nothing.
    package var garbage = Chance.never
    /// The API does nothing, and does not answer before the client has gone away, or half a minute has passed.
    package var hanging = Chance.never
    /// A proxy swallows a request that is no `GET`: the client's connection is closed at once, and the API does what it was
    /// asked `heldFor` later.
    package var heldRequest = Chance.never
    package var heldFor = Duration.milliseconds(500)
    /// What the paths of requests begin with that the API's faults strike, after `/api/v1`, as `/wallets`; nil for all.
    package var only: String?
    /// A webhook is sent once more with the same key, as after an answer that Lago did not see.
    package var duplicatedWebhook = Chance.never
    /// A webhook waits until a later one was tried, or for five seconds (compressed like the waits).
    package var reorderedWebhook = Chance.never
    /// A webhook is recorded, but never sent.
    package var droppedWebhook = Chance.never
    /// A webhook is validly signed, but names another organisation.
    package var foreignOrganization = Chance.never
    /// A webhook's signature does not match its body.
    package var brokenSignature = Chance.never

    package init() {}

    /// Whether the fault at `path` strikes now; uses up one of its `next` occasions.
    mutating func strikes(_ path: WritableKeyPath<Faults, Chance>, random: Double) -> Bool {
        if self[keyPath: path].next > 0 {
            self[keyPath: path].next -= 1
            return true
        }
        return random < self[keyPath: path].rate
    }
}

extension Faults {
    /// The names of the faults in JSON.
    private static var chances: [(name: String, path: WritableKeyPath<Faults, Chance>)] {
        [
            ("server_error", \.serverError), ("rate_limited", \.rateLimited), ("garbage", \.garbage),
            ("hanging", \.hanging), ("held_request", \.heldRequest),
            ("closed_before_effect", \.closedBeforeEffect),
            ("closed_after_effect", \.closedAfterEffect), ("duplicated_webhook", \.duplicatedWebhook),
            ("reordered_webhook", \.reorderedWebhook), ("dropped_webhook", \.droppedWebhook),
            ("foreign_organization", \.foreignOrganization), ("broken_signature", \.brokenSignature),
        ]
    }

    /// Reads the JSON of `PUT /sandbox/faults`.
    ///
    /// - Throws: `LagoFailure` 422 that names what is not known or out of range.
    init(_ json: JSONValue) throws(LagoFailure) {
        guard let object = json.object else { throw .badRequest("a JSON object is expected") }
        for member in object.members {
            if member.key == "latency_ms", let milliseconds = member.value.integer, milliseconds >= 0 {
                self.latency = .milliseconds(milliseconds)
            } else if member.key == "held_ms", let milliseconds = member.value.integer, milliseconds >= 0 {
                self.heldFor = .milliseconds(milliseconds)
            } else if member.key == "only", member.value == .null || member.value.string?.hasPrefix("/") == true {
                self.only = member.value.string
            } else if let chance = Self.chances.first(where: { $0.name == member.key }) {
                let rate = member.value["rate"]?.double ?? 0
                let next = Int(clamping: member.value["next"]?.integer ?? 0)
                guard (0...1).contains(rate), next >= 0 else { throw .validation([member.key: ["value_is_invalid"]]) }
                self[keyPath: chance.path] = Chance(rate: rate, next: next)
            } else {
                throw .validation([member.key: ["value_is_invalid"]])
            }
        }
    }

    var json: JSONValue {
        var json: JSONValue = [
            "latency_ms": .integer(Int64(self.latency / .milliseconds(1))),
            "held_ms": .integer(Int64(self.heldFor / .milliseconds(1))),
        ]
        if let only = self.only { json["only"] = .string(only) }
        for chance in Self.chances {
            let value = self[keyPath: chance.path]
            json[chance.name] = ["rate": .number(String(value.rate)), "next": .integer(value.next)]
        }
        return json
    }
}
