/// What a job does; the text stands in the store, in metrics and in `jobs list`.
package struct JobKind: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// Look at one customer's balance at Lago; the key is the customer's id.
    package static let look = JobKind(rawValue: "look")
    /// Top a customer's accounts up, or see what became of that; the key is the customer's id.
    package static let topUp = JobKind(rawValue: "top_up")
    /// Find out who is to be told of something that happened, and queue the mails; the key names what happened.
    package static let tell = JobKind(rawValue: "tell")
    /// Send one mail; the key is its row number.
    package static let mail = JobKind(rawValue: "mail")
    /// Send one usage event that was given up to Lago again; the key is its subscription's id and its transaction's.
    package static let usage = JobKind(rawValue: "usage")

    /// Who does such jobs.
    package var hand: Hand { self == .mail ? .mail : .work }
}

/// Who does a job: mail has hands of its own, so that a slow relay, or a hundred thousand mails, hold up nothing else.
package enum Hand: CaseIterable, Sendable {
    case work
    case mail
}

/// A strand of work on one customer: of one customer and lane never two jobs run at once.
package enum Lane: String, CaseIterable, Sendable {
    case balance
    case topUp = "top_up"
    case mail
}

/// Where a job stands.
package enum JobState: String, CaseIterable, Sendable {
    /// Waiting for its due time, or for the one before it in its lane.
    case available
    /// A worker has it.
    case leased
    /// Succeeded.
    case done
    /// A dead letter: not tried again unless a person says so.
    case dead
    /// Given up by a person.
    case discarded

    /// Live jobs are those that a worker will still take up.
    package var isLive: Bool { self == .available || self == .leased }
}
