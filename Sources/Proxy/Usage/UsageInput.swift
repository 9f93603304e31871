private import HTTPTypes
internal import LagoAPI

/// A usage event as a caller sent it, checked.
struct UsageInput: Sendable {
    /// How problems name it: `events.3`, empty for one alone.
    let place: String
    let transactionID: String
    /// The operator's ids; at least one of them is there.
    let subscription: String?
    let customer: String?
    /// Of the metric.
    let code: String
    /// Unix seconds as they were sent, a JSON number or text; nil where the event names no time.
    let timestamp: [UInt8]?
    /// Decimal text.
    let preciseTotal: String?
    /// A JSON object, byte for byte.
    let properties: [UInt8]?

    private static let known: Set<String> = [
        "transaction_id", "external_subscription_id", "external_customer_id", "code", "timestamp", "properties",
        "precise_total_amount_cents",
    ]

    /// Adds what is wrong with the event to `problems`, and is nil then.
    ///
    /// - Parameter made: its transaction's id, where it has none.
    init?(_ members: [String: JSONValue], place: String, made: String, problems: inout [String: [String]]) {
        var fields: APIFields
        do throws(APIFailure) {
            fields = try APIFields(members, known: Self.known, place: place)
        } catch {
            problems.merge(error.details, uniquingKeysWith: +)
            return nil
        }
        self.place = place
        self.transactionID = fields.storableText("transaction_id") ?? made
        self.subscription = fields.storableText("external_subscription_id")
        self.customer = fields.storableText("external_customer_id")
        self.code = fields.storableText("code") ?? ""
        self.timestamp = fields.timestamp("timestamp")
        self.preciseTotal = fields.plainDecimal("precise_total_amount_cents")
        self.properties = fields.scalars("properties")
        if fields.value("code") == nil { fields.note("code", "value_is_mandatory") }
        if fields.value("external_subscription_id") == nil, fields.value("external_customer_id") == nil {
            fields.note("external_subscription_id", "value_is_mandatory")
        }
        guard fields.problems.isEmpty else {
            problems.merge(fields.problems, uniquingKeysWith: +)
            return nil
        }
    }

    /// The event as Lago is to have it, but for the time where it names none.
    func content(subscription: String) -> [UInt8] {
        var members: [(name: String, value: JSONText)] = [
            ("transaction_id", .text(self.transactionID)), ("external_subscription_id", .text(subscription)),
            ("code", .text(self.code)),
        ]
        if let timestamp = self.timestamp { members.append(("timestamp", .raw(timestamp))) }
        if let total = self.preciseTotal { members.append(("precise_total_amount_cents", .text(total))) }
        if let properties = self.properties { members.append(("properties", .raw(properties))) }
        return JSONText.object(members).bytes
    }

    /// How a problem names a field of this event.
    func name(of field: String) -> String { self.place.isEmpty ? field : "\(self.place).\(field)" }
}

/// The usage events of one call: one, flat or under `event`, or up to a hundred under `events`.
struct UsageCall: Sendable {
    let events: [UsageInput]
    /// They came as a list, and are answered as one.
    let isList: Bool

    /// - Parameter intent: the same whenever the call is repeated after a failure; transactions' ids are made of it.
    /// - Throws: `APIFailure` 400 for what is no JSON, 422 with everything that is wrong in all events.
    init(_ body: [UInt8], intent: String) throws(APIFailure) {
        // Lago's own database takes nothing else.
        guard String(validating: body, as: UTF8.self) != nil else {
            throw APIFailure(.badRequest, code: "invalid_json", message: "the body is no UTF-8")
        }
        guard let root = try? JSONReader.read(body), case .object(let members) = root.content else {
            throw APIFailure(.badRequest, code: "invalid_json", message: "the body is no JSON object")
        }
        self.isList = members["events"] != nil
        let objects = try self.isList ? Self.listed(members) : [Self.single(members)]
        var (problems, events): ([String: [String]], [UsageInput]) = ([:], [])
        for (index, value) in objects.enumerated() {
            let place = self.isList ? "events.\(index)" : ""
            guard case .object(let members) = value else {
                problems[place] = ["value_is_invalid"]
                continue
            }
            let made = "\(intent)-\(index)"
            if let event = UsageInput(members, place: place, made: made, problems: &problems) { events.append(event) }
        }
        guard problems.isEmpty else { throw .validation(problems) }
        self.events = events
    }

    private static func listed(_ members: [String: JSONValue]) throws(APIFailure) -> [JSONValue.Content] {
        let others = members.keys.filter { $0 != "events" }
        guard others.isEmpty else {
            throw .validation(Dictionary(uniqueKeysWithValues: others.map { ($0, ["unknown_field"]) }))
        }
        guard case .list(let elements)? = members["events"]?.content else {
            throw .invalid("events", "value_is_invalid")
        }
        guard !elements.isEmpty else { throw .invalid("events", "no_events") }
        guard elements.count <= LagoClient.largestUsageBatch else { throw .invalid("events", "too_many_events") }
        return elements.map(\.content)
    }

    private static func single(_ members: [String: JSONValue]) -> JSONValue.Content {
        if members.count == 1, let event = members["event"]?.content, case .object = event { return event }
        return .object(members)
    }
}

extension APIFields {
    /// A text that Lago's database can keep: without the character of code 0.
    fileprivate mutating func storableText(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard !text.utf8.contains(0) else {
            self.note(name, "value_is_invalid")
            return nil
        }
        return text
    }

    /// Unix seconds, a number or a text, as they were sent. Lago takes no other form, and no time after the year 5138.
    fileprivate mutating func timestamp(_ name: String) -> [UInt8]? {
        guard let value = self.value(name) else { return nil }
        let digits: String? =
            switch value.content {
            case .number(let digits), .text(let digits): digits
            default: nil
            }
        guard let digits, digits.isPlainDecimal(whole: 11, fraction: 9) else {
            self.note(name, "invalid_format")
            return nil
        }
        return Array(value.source)
    }

    /// A decimal of any number of digits, as Lago wants it: a text.
    fileprivate mutating func plainDecimal(_ name: String) -> String? {
        guard let value = self.value(name) else { return nil }
        guard let digits = value.figure,
            String(digits.hasPrefix("-") ? digits.dropFirst() : digits[...]).isPlainDecimal(whole: 40, fraction: 40)
        else {
            self.note(name, "value_is_invalid")
            return nil
        }
        return digits
    }

    /// An object of texts, numbers and flags, byte for byte.
    fileprivate mutating func scalars(_ name: String) -> [UInt8]? {
        guard let value = self.value(name) else { return nil }
        guard case .object(let members) = value.content,
            members.allSatisfy({ !$0.key.utf8.contains(0) && $0.value.isStorableScalar })
        else {
            self.note(name, "value_is_invalid")
            return nil
        }
        return Array(value.source)
    }
}

extension String {
    /// Whether it is digits, and perhaps a point and digits, at most so many of each. By hand, as it runs for each event.
    fileprivate func isPlainDecimal(whole: Int, fraction: Int) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let parts = self.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.allSatisfy(digits.contains) }) else { return false }
        return (1...whole).contains(parts[0].count) && (parts.count == 1 || (1...fraction).contains(parts[1].count))
    }
}

extension JSONValue {
    fileprivate var isStorableScalar: Bool {
        switch self.content {
        case .null, .flag, .number: true
        case .text(let text): !text.utf8.contains(0)
        case .list, .object: false
        }
    }

    /// Whether both say the same, whatever the order of members, blanks and escapes.
    func saysTheSame(as other: JSONValue) -> Bool {
        switch (self.content, other.content) {
        case (.null, .null): true
        case (.flag(let one), .flag(let two)): one == two
        case (.number(let one), .number(let two)): one == two || self.figure == other.figure
        case (.text(let one), .text(let two)): one == two
        case (.list(let one), .list(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.saysTheSame(as: $1) }
        case (.object(let one), .object(let two)):
            one.count == two.count
                && one.allSatisfy { member in two[member.key].map { member.value.saysTheSame(as: $0) } ?? false }
        default: false
        }
    }
}
