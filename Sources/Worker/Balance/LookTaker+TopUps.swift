internal import Jobs
internal import LagoEvents
private import Money
internal import Rules
internal import Store

/// What follows for an account's top-ups from a look, by what is known without asking Lago for more.
struct TopUpStep: Sendable {
    /// Money may move, or would, or somebody is to be told: a job asks Lago for the rest, and decides.
    let needsJob: Bool
    /// Credits that are about to be bought, or were, and that Lago does not show yet.
    let underWay: AccountReading.PendingTopUp?
    let decision: TopUpDecisionRecord

    func write(in transaction: Transaction, at now: Int64) throws {
        let job = NewJob.topUp(of: self.decision.customer)
        if self.needsJob { return try transaction.enqueue(job, .replace(dueAt: now), at: now) }
        _ = try transaction.save(self.decision)
        if let next = self.decision.nextLookAt { try transaction.enqueue(job, .keep(dueAt: next), at: now) }
    }
}

extension LookTaker {
    /// How long an answer holds that only Lago could give, in milliseconds.
    private static let answerHolds: Int64 = 300_000
    /// What only Lago tells.
    private static let answers: Set<TopUpReason> = [
        .noPaymentProvider, .historyUnknown, .lagoTooOld, .pendingTopUp, .shadow,
    ]

    func topUpSteps(after result: Looks.Result) async throws -> [TopUpStep] {
        guard let desk = self.topUps, desk.isOpen else { return [] }
        let customer = result.look.customer
        var steps: [TopUpStep] = []
        for account in result.judged.topUpAccounts.values.sorted(by: { $0.currency < $1.currency }) {
            let opinion = try await desk.decide(account, of: customer, result.settings, .init())
            let reason = opinion.decision.reason
            let last = try await self.store.topUpDecision(of: customer, account: account.currency.code)
            let isAction = opinion.decision.isAction || reason == .shadow
            if isAction, self.isAnswered(last) { continue }
            // What people are told of is decided where they are told.
            let isNews = TopUpNews.told.contains(reason) && last?.reason != reason.rawValue
            steps.append(
                TopUpStep(
                    needsJob: isAction || isNews,
                    underWay: opinion.underWay(at: self.now()),
                    decision: try desk.record(opinion, of: customer)
                )
            )
        }
        return steps
    }

    /// Whether Lago was asked a moment ago, and its answer stood in the way.
    private func isAnswered(_ last: TopUpDecisionRecord?) -> Bool {
        guard let last, let reason = TopUpReason(rawValue: last.reason), Self.answers.contains(reason) else {
            return false
        }
        return (0..<Self.answerHolds).contains(self.now() - last.lastAt)
    }

    /// The thresholds at which something happens: those of mails, and that of top-ups.
    func thresholds(_ policy: ThresholdPolicy, _ settings: CustomerSettings) throws -> ThresholdPolicy {
        guard let desk = self.topUps, desk.isOpen else { return policy }
        let topUps = try settings.topUpPolicy(within: desk.allowance)
        guard topUps.isEnabled, let threshold = topUps.threshold else { return policy }
        return policy.adding(.credits(threshold))
    }
}

extension TopUpDesk.Opinion {
    /// What is about to be bought, else what was and is not at Lago for all that is known.
    fileprivate func underWay(at now: Int64) -> AccountReading.PendingTopUp? {
        if case .charge(let charge) = self.decision { return .init(credits: charge.credits, since: now) }
        let record = self.history.records.first { record in
            record.holdsPlace && [.planned, .submitting, .unknown].contains(record.state)
        }
        return record.map { .init(credits: $0.credits, since: $0.created.counted(at: now)) }
    }
}
