private import Money
internal import Rules
internal import Store

extension LookTaker {
    /// When to look again.
    func plan(
        _ result: Looks.Result,
        _ policy: ThresholdPolicy,
        last: [String: BalanceReading]
    ) -> LookPlan {
        let look = result.look
        let accounts = result.accounts.map { name, reading -> LookPace.Account in
            let used = Self.usage(of: reading, since: last[name], at: look.readAt)
            return LookPace.Account(reading: reading, burnPerHour: used.burnPerHour, lastUsedAt: used.lastUsedAt)
        }
        return LookPlan(
            customer: look.customer,
            pace: LookPace(
                accounts: accounts,
                policy: policy,
                hasSubscription: !look.held.keep.isEmpty,
                limits: self.polling.limits,
                at: look.readAt
            ),
            lookedAt: look.readAt,
            polling: self.polling,
            coverage: self.coverage
        )
    }

    /// What an account used since it was last read, in minor units an hour, and when it was last seen to use anything.
    private static func usage(
        of reading: AccountReading,
        since last: BalanceReading?,
        at now: Int64
    ) -> (burnPerHour: Double?, lastUsedAt: Int64?) {
        guard let last, now > last.seenAt else { return (nil, last?.at) }
        let used = last.liveCents - reading.amount.minorUnits
        guard used != 0 else { return (0, last.at) }
        return (Double(max(used, 0)) * 3_600_000 / Double(now - last.seenAt), now)
    }
}
