package import Jobs
private import LagoAPI
private import LagoEvents

/// Looks at one customer's balance as a job: after an event, or where somebody asks for it.
package struct LookHandler: Sendable {
    /// How long to wait for somebody to configure Lago.
    private static let unconfigured = Duration.seconds(60)
    /// How long to wait while a scheduled look at the customer is under way.
    private static let occupied = Duration.milliseconds(500)

    private let taker: LookTaker?
    private let underWay: LooksUnderWay
    private let backoff: Backoff

    /// - Parameters:
    ///   - taker: nil while Lago is not configured; then looks wait.
    ///   - underWay: shared with whoever else looks at customers.
    package init(
        taker: LookTaker?,
        underWay: LooksUnderWay = LooksUnderWay(),
        backoff: Backoff = Backoff()
    ) {
        self.taker = taker
        self.underWay = underWay
        self.backoff = backoff
    }

    /// A handler for jobs whose key is the customer's id.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        guard let taker = self.taker else { return JobOutcome(.notYet(for: Self.unconfigured)) }
        let customer = CustomerID(rawValue: lease.key)
        guard self.underWay.begin(customer) else { return JobOutcome(.notYet(for: Self.occupied)) }
        defer { self.underWay.end(customer) }
        do {
            return JobOutcome(.succeeded, writes: try await taker.look(at: customer))
        } catch let error as LagoError {
            return self.outcome(of: error, lease)
        }
    }

    /// A look is never given up for what an operator can mend, as a key that Lago refuses: nothing else would look
    /// again before the customer's next event.
    private func outcome(of error: LagoError, _ lease: Lease) -> JobOutcome {
        switch error {
        case .badRequest, .validation: return JobOutcome(.permanent(reason: "\(error)"))
        default:
            let delay = self.backoff.delay(afterAttempt: lease.attempt, jitter: 0)
            return JobOutcome(.again(after: delay, reason: "\(error)"))
        }
    }
}
