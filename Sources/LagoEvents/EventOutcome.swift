/// How an event came to Sluice.
package enum EventOrigin: String, CaseIterable, Sendable {
    /// Lago delivered it.
    case webhook
    /// A sweep found the fact that no webhook told.
    case healed
    /// An operator had it worked again.
    case replay
}

/// What became of an event.
package enum EventOutcome: String, CaseIterable, Sendable {
    /// Kept, not yet worked.
    case pending
    /// Worked: what it calls for is in the jobs.
    case processed
    /// Worked: nothing follows from it.
    case ignored
    /// The body was known under another key; it only hints that a look at Lago may be due.
    case `repeat`
    /// Of a type that this version does not know.
    case unknownType = "unknown_type"
    /// Signed, but no webhook that can be read.
    case unreadable
    /// The fact is older than anyone wants mail about.
    case tooOld = "too_old"
    /// Working it failed for good.
    case failed
}
