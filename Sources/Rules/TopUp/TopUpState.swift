/// Where a top-up stands; the raw value is its name in the store, in commands and in the API.
package enum TopUpState: String, Hashable, Codable, Sendable, CaseIterable {
    /// Written down; Lago has not heard of it.
    case planned
    /// A request is on its way.
    case submitting
    /// Lago has it, and its transaction's id is known.
    case submitted
    /// Paid: the credits are there.
    case settled
    /// Declined, refused or given up; a declined one can still be settled.
    case failed
    /// The answer was lost: Lago may have it or not.
    case unknown
}

/// Who wanted a top-up.
package enum TopUpOrigin: String, Hashable, Codable, Sendable, CaseIterable {
    case automatic
    /// The customer, or the operator's own application.
    case purchase
}
