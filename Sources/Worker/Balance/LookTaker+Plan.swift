internal import Rules

extension LookTaker {
    /// When to look again.
    func plan(_ result: Looks.Result, _ policy: ThresholdPolicy) -> LookPlan {
        let look = result.look
        let accounts = result.judged.readings.map { account, reading in
            let history = result.judged.histories[account] ?? UsageHistory()
            return LookPace.Account(reading: reading, history: history, at: look.readAt)
        }
        let pace = LookPace(
            accounts: accounts,
            policy: policy,
            hasSubscription: !look.held.keep.isEmpty,
            limits: self.polling.limits,
            at: look.readAt
        )
        return LookPlan(
            customer: look.customer,
            pace: pace,
            lookedAt: look.readAt,
            foundUsage: result.judged.histories.values.contains { $0.lastUsedAt == look.readAt },
            polling: self.polling,
            coverage: self.coverage
        )
    }
}
