package import Money

/// Whether an account is topped up, and with how much.
///
/// A decision is a function of all that is given here, and always has a reason. It is asked for after each look at the
/// account, at the time that the last decision named, and again right before each request that would move money.
///
/// The reasons are tried in one order: what holds for everybody, the level, what stands in the way at Lago, what is under
/// way, failures, limits. So an account above its threshold says that, whatever else would be in the way.
package struct AutoTopUp: Hashable, Sendable {
    package let policy: TopUpPolicy

    /// Failures in a row after which nothing is tried until somebody resumes.
    package static let pauseAfter = 3
    /// How often one intent is tried while Lago refuses our key, in milliseconds.
    package static let refusalPause: Int64 = 900_000
    private static let hour: Int64 = 3_600_000

    package init(policy: TopUpPolicy) { self.policy = policy }

    /// Decides.
    ///
    /// - Parameters:
    ///   - intent: the planned top-up that is about to be submitted, which does not stand in its own way. Where the decision
    ///     is no charge, the intent no longer stands, and ends as failed with the decision's reason.
    ///   - now: Unix milliseconds.
    package func decide(
        _ account: TopUpAccount,
        history: TopUpHistory,
        lago: TopUpFacts,
        submitting intent: String? = nil,
        at now: Int64
    ) -> TopUpDecision {
        let others = TopUpHistory(records: history.records.filter { $0.id != intent }, foreign: history.foreign)
        let look = TopUpLook(policy: self.policy, account: account, history: others, lago: lago, now: now)
        switch look.outcome() {
        case .failure(let wait): return .wait(wait.wait)
        case .success(let action) where self.policy.mode == .on: return action
        case .success(.charge(let charge)): return .wait(.init(.shadow, shadowed: .charge(charge)))
        case .success(.retry(let id)): return .wait(.init(.shadow, shadowed: .retry(id)))
        case .success(let wait): return wait
        }
    }

    /// How long nothing is tried after so many failures in a row, in milliseconds: an hour, doubling to a day.
    package static func backoff(afterFailures count: Int) -> Int64 {
        count <= 0 ? 0 : min(Self.hour << min(count - 1, 5), 24 * Self.hour)
    }

    /// What automatic top-ups used of a limit.
    package struct Use: Hashable, Sendable {
        package let countOfDay: Int
        package let maxPerDay: Int
        package let ofMonth: Amount
        /// nil for a currency that is never charged.
        package let maxPerMonth: Amount?
        /// When the day and the month end, in Unix milliseconds.
        package let dayEndsAt: Int64
        package let monthEndsAt: Int64

        /// The highest of 80, 90 and 100 percent of the month's money that is reached; nil below.
        package var shareOfMonth: Int? {
            guard let limit = self.maxPerMonth, limit.minorUnits > 0 else { return nil }
            return [100, 90, 80].first {
                Int128(self.ofMonth.minorUnits) * 100 >= Int128(limit.minorUnits) * Int128($0)
            }
        }
    }

    /// - Parameter now: Unix milliseconds.
    package func use(of history: TopUpHistory, currency: Currency, at now: Int64) -> Use {
        let today = UTCCalendar.day(of: now)
        return Use(
            countOfDay: history.made(at: now).count { UTCCalendar.day(of: $0) == today },
            maxPerDay: self.policy.maxPerDay,
            ofMonth: Amount(minorUnits: history.spent(inMonthOf: now), currency: currency),
            maxPerMonth: self.policy.maxPerMonth[currency].map { Amount(minorUnits: $0, currency: currency) },
            dayEndsAt: UTCCalendar.startOfNextDay(after: now),
            monthEndsAt: UTCCalendar.startOfNextMonth(after: now)
        )
    }
}
