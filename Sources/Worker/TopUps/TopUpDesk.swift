private import Foundation
internal import Jobs
internal import LagoAPI
internal import LagoEvents
private import Money
package import Rules
package import Store

/// Decides about top-ups by what the store and a look know, and keeps what was decided.
package struct TopUpDesk: Sendable {
    private let store: Store
    let allowance: TopUpAllowance
    let now: @Sendable () -> Int64

    package init(
        store: Store,
        allowance: TopUpAllowance,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.allowance = allowance
        self.now = now
    }

    /// Whether anything may ever follow.
    var isOpen: Bool { self.allowance.mode != .off }

    /// A decision, and what it was made of.
    struct Opinion: Sendable {
        let account: TopUpAccount
        let policy: TopUpPolicy
        let history: TopUpHistory
        let decision: TopUpDecision
        let topUps: [TopUp]

        /// Whether a top-up was found to be paid after this time, in Unix milliseconds.
        func hasSettled(since time: Int64) -> Bool {
            self.topUps.contains { $0.stands == .settled && $0.updatedAt > time }
        }

        /// The last automatic one, where Lago made nothing of it.
        var lastRefused: TopUp? {
            self.topUps.last { $0.origin == TopUpOrigin.automatic.rawValue }.flatMap { last in
                let isRefused = last.stands == .failed && last.transactionID == nil && !last.failures.isEmpty
                return isRefused ? last : nil
            }
        }
    }

    /// What is taken for granted until somebody has asked Lago.
    struct Assumptions: Sendable {
        var historyIsKnown = true
        var hasPaymentProvider = true
        var hasTransactionMetadata = true
        /// Purchases pending at Lago that no record is of.
        var foreign: [TopUpHistory.Foreign] = []
    }

    func decide(
        _ account: TopUpAccount,
        of customer: CustomerID,
        _ settings: CustomerSettings,
        _ assumptions: Assumptions,
        submitting intent: String? = nil
    ) async throws -> Opinion {
        let policy = try settings.topUpPolicy(within: self.allowance)
        let topUps = try await self.store.topUps(of: customer, account: account.currency.code)
        let history = TopUpHistory(records: topUps.compactMap(TopUpRecord.init), foreign: assumptions.foreign)
        let facts = TopUpFacts(
            historyIsKnown: assumptions.historyIsKnown,
            hasTransactionMetadata: assumptions.hasTransactionMetadata,
            hasPaymentProvider: assumptions.hasPaymentProvider,
            refused: try await self.refused()
        )
        let now = self.now()
        let decision = AutoTopUp(policy: policy)
            .decide(account, history: history, lago: facts, submitting: intent, at: now)
        try await self.keep(history.noticed(at: now), topUps)
        return Opinion(account: account, policy: policy, history: history, decision: decision, topUps: topUps)
    }

    /// When Lago last refused our key. A time that lies ahead is moved to where it was found so, or it never ends.
    private func refused() async throws -> ClockTime? {
        guard let at = try await self.store.reached(.topUpsRefused) else { return nil }
        let now = self.now()
        if at > now { try await self.store.write { try $0.move(.topUpsRefused, at: now) } }
        return ClockTime(min(at, now))
    }

    /// Times that lie ahead are kept with when they were found so, or a limit that counts from them never ends.
    private func keep(_ noticed: [TopUpRecord], _ topUps: [TopUp]) async throws {
        for record in noticed {
            guard var topUp = topUps.first(where: { $0.id == record.id }) else { continue }
            topUp.created = KeptTime(record.created)
            topUp.settled = record.settled.map(KeptTime.init)
            topUp.failures = record.failures.map(KeptTime.init)
            let kept = topUp
            try await self.store.write { try $0.keepTimes(of: kept) }
        }
    }

    /// The decision as it is kept and shown.
    func record(_ opinion: Opinion, of customer: CustomerID) throws -> TopUpDecisionRecord {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let detail = try opinion.decision.detail.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        return TopUpDecisionRecord(
            customer: customer,
            account: opinion.account.currency.code,
            reason: opinion.decision.reason.rawValue,
            detail: detail,
            nextLookAt: opinion.decision.nextLookAt,
            at: self.now()
        )
    }
}

/// What a decision says beside its reason.
struct TopUpDetail: Codable, Hashable, Sendable {
    var credits: String?
    var cents: Int64?
    var wallet: String?
    /// The top-up whose invoice is tried again.
    var retry: String?
    /// `minimum` or `maximum` of the wallet, where it changed the amount.
    var clamp: String?
    var wanted: String?
}

extension TopUpDecision {
    var detail: TopUpDetail? {
        switch self {
        case .charge(let charge): TopUpDetail(charge)
        case .retry(let id): TopUpDetail(retry: id)
        case .wait(let wait):
            switch wait.shadowed {
            case .charge(let charge): TopUpDetail(charge)
            case .retry(let id): TopUpDetail(retry: id)
            case nil: nil
            }
        }
    }

    /// Whether money would move.
    var isAction: Bool {
        if case .wait = self { false } else { true }
    }
}

extension TopUpDetail {
    init(_ charge: TopUpDecision.Charge) {
        self.init(
            credits: charge.credits.description,
            cents: charge.money.minorUnits,
            wallet: charge.walletID,
            clamp: charge.clamp?.limit.rawValue,
            wanted: charge.clamp?.wanted.description
        )
    }
}
