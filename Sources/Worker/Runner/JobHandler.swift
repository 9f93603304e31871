package import Jobs
package import Store

/// What an attempt came to, and what it writes: both are one transaction.
package struct JobOutcome: Sendable {
    package let result: AttemptResult
    package let writes: @Sendable (Transaction) throws -> Void

    package init(_ result: AttemptResult, writes: @escaping @Sendable (Transaction) throws -> Void = { _ in }) {
        self.result = result
        self.writes = writes
    }
}

/// Does a job of one kind.
///
/// It may run more than once for one job, as a crash can come between its effect and its verdict. An error that it
/// throws counts as one that may pass; a cancellation hands the job back.
package typealias JobHandler = @Sendable (Lease) async throws -> JobOutcome

/// Somebody else has changed what an outcome was made from; trying again sees what they left. Thrown by its `writes`.
struct OvertakenError: Error, CustomStringConvertible {
    let customer: String
    var description: String { "something else about the customer was quicker" }
}
