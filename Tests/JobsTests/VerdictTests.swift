import Jobs
import Testing

@Suite struct VerdictTests {
    private static let backoff = Backoff(base: .seconds(2), limit: .seconds(60))

    @Test(arguments: [
        (AttemptResult.succeeded, 1, Verdict.done),
        (.succeeded, 20, .done),
        (.notYet(for: .seconds(9)), 20, .snooze(for: .seconds(9))),
        (.permanent(reason: "no"), 1, .deadLetter(reason: "no")),
        (.transient(reason: "later"), 1, .again(after: .seconds(2), reason: "later")),
        (.transient(reason: "later"), 3, .again(after: .seconds(8), reason: "later")),
        (.transient(reason: "later"), 19, .again(after: .seconds(60), reason: "later")),
        (.transient(reason: "later"), 20, .deadLetter(reason: "gave up after 20 attempts: later")),
    ])
    func `what follows from an attempt`(result: AttemptResult, attempt: Int, expected: Verdict) {
        #expect(Verdict(result, attempt: attempt, of: 20, backoff: Self.backoff, jitter: 0) == expected)
    }

    @Test(arguments: [0.0, 0.25, 0.5, 0.999], [1, 2, 5, 30, 1_000_000])
    func `a wait lies between half of the doubled base and the limit`(jitter: Double, attempt: Int) {
        let delay = Self.backoff.delay(afterAttempt: attempt, jitter: jitter)
        let whole = Self.backoff.delay(afterAttempt: attempt, jitter: 0)
        #expect(delay <= whole && delay > whole * 0.5 - .milliseconds(1))
        #expect(whole <= .seconds(60))
    }
}
