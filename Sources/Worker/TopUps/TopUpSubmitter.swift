private import Foundation
internal import Jobs
internal import LagoAPI
internal import LagoEvents
private import Money
internal import Rules
internal import Store

/// Brings one intent to Lago, once.
///
/// Each step is on disk before the next is taken. A request may be carried out long after its answer was lost, so an
/// intent in doubt is sent again only when two complete lists, the grace and twice the grace after the request had ended,
/// both show nothing. All of that goes by Lago's clock, which nobody sets back here, and by one of this process beside it.
struct TopUpSubmitter: Sendable {
    let client: LagoClient
    let store: Store
    /// How long a request may be on its way after it has ended here.
    let grace: Duration
    let watch: DoubtWatch
    let now: @Sendable () -> Int64

    /// What became of a step.
    enum Progress: Sendable {
        /// Lago has it, with this id.
        case submitted(TopUp)
        /// It is decided anew.
        case planned(TopUp)
        /// Look again after this time.
        case wait(Duration)
        /// Lago does not take our key.
        case refusedKey(TopUp)
        /// It ended.
        case failed(TopUp)
        /// Somebody else moves it.
        case overtaken
    }

    /// How far two readings of Lago's clock may be apart, as it counts whole seconds.
    private static let tick: Int64 = 1000

    private var lookUp: TopUpLookUp { TopUpLookUp(client: self.client) }

    /// Finds a planned one at Lago; nil where it is not there, as it should be.
    func recover(_ topUp: TopUp) async throws -> Progress? {
        let answer = try await self.lookUp.find(topUp.id, inWallet: topUp.wallet, from: topUp.listedFrom)
        guard let transaction = answer.transaction else { return nil }
        return try await self.found(transaction, topUp)
    }

    /// Sends a planned one that was decided to stand. It is looked for first: this file may be older than it seems.
    func submit(_ topUp: TopUp) async throws -> Progress {
        let answer = try await self.lookUp.find(topUp.id, inWallet: topUp.wallet, from: topUp.listedFrom)
        if let transaction = answer.transaction { return try await self.found(transaction, topUp) }
        var sending = topUp.moved(to: .submitting, at: self.now())
        sending.listedFrom = answer.from
        (sending.doubtAt, sending.missedAt) = (nil, nil)
        // Whoever finds it on disk may count on this, however long the request has to wait for its turn.
        let last = ContinuousClock.now + self.client.deadline
        switch try await self.begin(sending) {
        case .begun: sending = sending.onceMoved
        case .overtaken: return .overtaken
        case .refused(let pause): return .wait(pause)
        }
        let transaction: LagoWalletTransaction
        do {
            transaction = try await self.send(sending, notAfter: last)
        } catch let error as LagoError {
            return try await self.settle(sending, after: error)
        } catch is CancellationError {
            // It waited for its turn, and nothing was sent.
            return try await self.move(sending.moved(to: .planned, at: self.now()), from: .submitting)
                ? .planned(sending) : .overtaken
        }
        // One that could not be found again must not be followed by others.
        if transaction.metadata?[TopUpLookUp.key] != sending.id {
            try await self.store.write { [now = self.now()] in try $0.move(.metadataDropped, at: now) }
        }
        return try await self.found(transaction, sending)
    }

    /// Goes on with one whose request nobody knows the end of: its process died, or its lease was lost.
    func doubt(_ topUp: TopUp) async throws -> Progress {
        // Whoever had the lease may be sending it still: it waits for its turn no longer than for its answer.
        try await self.doubt(topUp, endedWithin: self.client.deadline * 2)
    }

    /// Looks for one in doubt.
    func resolve(_ topUp: TopUp) async throws -> Progress {
        guard let doubtAt = topUp.doubtAt else { return try await self.doubt(topUp) }
        let due = max(doubtAt, topUp.missedAt ?? doubtAt) + self.grace.milliseconds + Self.tick
        let byLago = Duration.milliseconds(due - (try await self.lookUp.time()))
        let wait = max(byLago, self.watch.remaining(topUp, of: self.grace))
        guard wait <= .zero else { return .wait(wait) }
        let answer = try await self.lookUp.find(topUp.id, inWallet: topUp.wallet, from: topUp.listedFrom)
        if let transaction = answer.transaction { return try await self.found(transaction, topUp) }
        var next = topUp
        guard topUp.missedAt != nil else {
            next.missedAt = answer.at
            guard try await self.move(next, from: .unknown) else { return .overtaken }
            self.watch.begin(next.onceMoved, for: self.grace)
            return .wait(self.grace)
        }
        next = topUp.moved(to: .planned, reason: "not_found", at: self.now())
        (next.doubtAt, next.missedAt) = (nil, nil)
        self.watch.end(topUp)
        return try await self.move(next, from: .unknown) ? .planned(next) : .overtaken
    }

    private func send(_ topUp: TopUp, notAfter last: ContinuousClock.Instant) async throws -> LagoWalletTransaction {
        guard let credits = FixedDecimal(topUp.credits) else { throw LagoError.badRequest }
        return try await self.client.createWalletTransaction(
            LagoTopUpInput(
                walletID: topUp.wallet,
                paidCredits: credits,
                metadata: [(TopUpLookUp.key, topUp.id), (TopUpLookUp.originKey, topUp.origin)],
                extras: topUp.extras.map { Array($0.utf8) }
            ),
            notAfter: last
        )
    }

    private func found(_ transaction: LagoWalletTransaction, _ topUp: TopUp) async throws -> Progress {
        var submitted = topUp.moved(to: .submitted, at: self.now()).with(invoice: .notSeen)
        (submitted.transactionID, submitted.invoiceID) = (transaction.id, transaction.invoiceID)
        (submitted.doubtAt, submitted.missedAt) = (nil, nil)
        self.watch.end(topUp)
        return try await self.move(submitted, from: topUp.stands) ? .submitted(submitted) : .overtaken
    }

    private func settle(_ topUp: TopUp, after error: LagoError) async throws -> Progress {
        switch error.effect {
        case .none:
            let planned = topUp.moved(to: .planned, reason: error.label, at: self.now())
            return try await self.move(planned, from: .submitting) ? .planned(planned) : .overtaken
        case .refused where error.isAboutKey:
            let planned = topUp.moved(to: .planned, reason: TopUpReason.lagoRefused.rawValue, at: self.now())
            return try await self.move(planned, from: .submitting) ? .refusedKey(planned) : .overtaken
        case .refused:
            var failed = topUp.moved(to: .failed, reason: error.topUpReason.rawValue, at: self.now())
                .failedOnce(at: self.now())
            failed.refusal = TopUpRefusal(error)?.json
            return try await self.move(failed, from: .submitting) ? .failed(failed) : .overtaken
        case .unknown:
            return try await self.doubt(topUp, endedWithin: .zero)
        }
    }

    private func doubt(_ topUp: TopUp, endedWithin limit: Duration) async throws -> Progress {
        // One that is in doubt already keeps its age, by which an operator hears of it.
        var unknown =
            topUp.stands == .unknown ? topUp : topUp.moved(to: .unknown, reason: "answer_lost", at: self.now())
        unknown.doubtAt = (try? await self.lookUp.time()).map { $0 + limit.milliseconds }
        guard unknown != topUp else { return .wait(.seconds(1)) }
        guard try await self.move(unknown, from: topUp.stands) else { return .overtaken }
        self.watch.begin(unknown.onceMoved, for: limit + self.grace)
        return .wait(unknown.doubtAt == nil ? .seconds(1) : limit + self.grace)
    }

    private enum Beginning {
        case begun
        case overtaken
        /// Lago does not take our key, and somebody else tries it before this time is over.
        case refused(Duration)
    }

    /// Marks a planned one as on its way. While Lago refuses our key, the mark of when it was tried last lets one pass;
    /// somebody who waits for a purchase is not kept waiting for that.
    private func begin(_ topUp: TopUp) async throws -> Beginning {
        try await self.store.write { [now = self.now()] transaction in
            if topUp.origin == TopUpOrigin.automatic.rawValue, let refused = try transaction.reached(.topUpsRefused),
                refused > now - AutoTopUp.refusalPause
            {
                return .refused(.milliseconds(min(refused, now) + AutoTopUp.refusalPause - now))
            }
            guard try transaction.move(topUp, from: TopUpState.planned.rawValue) else { return .overtaken }
            if try transaction.reached(.topUpsRefused) != nil { try transaction.move(.topUpsRefused, at: now) }
            return .begun
        }
    }

    private func move(_ topUp: TopUp, from state: TopUpState) async throws -> Bool {
        try await self.store.write { try $0.move(topUp, from: state.rawValue) }
    }
}

extension LagoError {
    /// 401 and 403 concern all top-ups alike, and end when the operator mends the key.
    fileprivate var isAboutKey: Bool {
        switch self {
        case .unauthorized, .forbidden: true
        default: false
        }
    }

    /// Why Lago took no top-up.
    fileprivate var topUpReason: TopUpReason {
        let codes = self.codes
        if codes.contains("wallet_is_terminated") || codes.contains("wallet_not_found") { return .walletTerminated }
        let limits: Set = ["amount_below_minimum", "amount_above_maximum", "amount_rounds_to_zero"]
        return codes.isDisjoint(with: limits) ? .lagoRefused : .walletLimits
    }
}
