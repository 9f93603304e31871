/// A job's row number in the store.
package struct JobID: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A job to be written down.
package struct NewJob: Hashable, Sendable {
    package let kind: JobKind
    /// Unique among the live jobs of the kind.
    package let key: String
    /// The customer that it is about, for the order within a lane and for people who search.
    package let customer: String?
    /// Nil for work that needs no order.
    package let lane: Lane?
    /// Whatever the handler needs beside the key, as JSON text.
    package let arguments: String?
    /// Attempts before a failing job becomes a dead letter.
    package let maxAttempts: Int

    package init(
        kind: JobKind,
        key: String,
        customer: String? = nil,
        lane: Lane? = nil,
        arguments: String? = nil,
        maxAttempts: Int = 20
    ) {
        self.kind = kind
        self.key = key
        self.customer = customer
        self.lane = lane
        self.arguments = arguments
        self.maxAttempts = maxAttempts
    }
}

/// When a new job is due, and what happens when a live one of its kind and key is there already.
package enum Timing: Hashable, Sendable {
    /// The one that is there stays as it is.
    case keep(dueAt: Int64)
    /// The newer due time and arguments hold.
    case replace(dueAt: Int64)
    /// Due `quiet` after the last time that it was asked for, at most `limit` after the first.
    case debounce(quiet: Duration, limit: Duration)
}

/// A worker's claim on a job until a point in time.
package struct Lease: Hashable, Sendable {
    package let jobID: JobID
    package let kind: JobKind
    package let key: String
    package let customer: String?
    package let arguments: String?
    /// The worker that holds it.
    package let owner: String
    /// Counts every claim of this job; with the owner, what tells this lease from a later one.
    package let claim: Int64
    /// Which try this is, from 1; a snooze or a hand-back gives its number back.
    package let attempt: Int
    package let maxAttempts: Int
    /// Unix milliseconds at which another worker may take the job.
    package let until: Int64
    /// Unix milliseconds at which the job was due, before this claim.
    package let dueAt: Int64

    package init(
        jobID: JobID,
        kind: JobKind,
        key: String,
        customer: String?,
        arguments: String?,
        owner: String,
        claim: Int64,
        attempt: Int,
        maxAttempts: Int,
        until: Int64,
        dueAt: Int64
    ) {
        self.jobID = jobID
        self.kind = kind
        self.key = key
        self.customer = customer
        self.arguments = arguments
        self.owner = owner
        self.claim = claim
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.until = until
        self.dueAt = dueAt
    }
}
