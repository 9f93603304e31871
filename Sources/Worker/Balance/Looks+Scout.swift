private import LagoAPI
internal import LagoEvents
internal import Rules
private import Store

extension Looks {
    /// A look that asks Lago only for what moves between two sweeps: the current usage, or under a licence the wallets.
    /// Wallets and subscriptions are as they were last seen.
    ///
    /// It answers only where nothing stands out: nil where the wallets were not seen for long, a subscription came or went,
    /// or a billing period ended. A full look is due then. Nothing of what it finds is fresh enough for a mail.
    ///
    /// - Parameters:
    ///   - lookedAt: the last look, in Unix milliseconds.
    ///   - limit: how long ago the wallets may have been seen, in milliseconds.
    /// - Throws: `LagoError`, or what the store throws.
    func scout(_ customer: CustomerID, since lookedAt: Int64, walletsSeenWithin limit: Int64) async throws -> Result? {
        let readAt = self.reader.now()
        let (mirrors, kept) = (try await self.store.wallets(of: customer), try await self.kept(customer))
        let subscriptions = try await self.store.subscriptions(of: customer)
        guard kept.allSatisfy({ $0.endedAt == nil && $0.reading.to > readAt }),
            Self.isSettled(kept, subscriptions, since: lookedAt)
        else { return nil }
        let isPremium = try await self.reader.edition.isPremium()
        let found =
            isPremium
            ? try await self.premiumBalance(customer, mirrors, kept)
            : try await self.balance(customer, mirrors, kept, subscriptions, readAt: readAt, limit: limit)
        guard let (balance, usages) = found, !balance.wallets.isEmpty else { return nil }
        let settings = try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue))
        let look = BalanceLook(
            customer: customer,
            wallets: [],
            subscriptions: [],
            invoices: [],
            balance: balance,
            held: HeldUsage(previous: kept, current: usages, invoiced: [], now: readAt),
            readAt: readAt
        )
        return Result(
            look: look,
            settings: settings,
            judged: try await self.judged(look, settings),
            transactions: []
        )
    }

    /// Whether the subscriptions are still those whose usage was kept, for all that is known.
    private static func isSettled(
        _ kept: [HeldUsage.Kept],
        _ subscriptions: [MirroredSubscription],
        since lookedAt: Int64
    ) -> Bool {
        let running = Set(kept.map(\.reading.subscriptionID))
        let active = subscriptions.filter { $0.status == LagoSubscription.Status.active.rawValue }
        let ended = Set(subscriptions.map(\.externalID)).subtracting(active.map(\.externalID))
        let isNew = active.contains { $0.seenAt > lookedAt && !running.contains($0.externalID) }
        return !isNew && running.isDisjoint(with: ended)
    }

    private typealias Scouted = (balance: LiveBalance, usages: [UsageReading])

    private func balance(
        _ customer: CustomerID,
        _ mirrors: [MirroredWallet],
        _ kept: [HeldUsage.Kept],
        _ subscriptions: [MirroredSubscription],
        readAt: Int64,
        limit: Int64
    ) async throws -> Scouted? {
        guard mirrors.allSatisfy({ $0.seenAt >= readAt - limit }) else { return nil }
        let wallets = mirrors.compactMap { try? LagoWallet(json: $0.object) }.map(WalletReading.init(_:))
        guard wallets.count == mirrors.count else { return nil }
        var usages: [UsageReading] = []
        for last in kept.map(\.reading) {
            let plan = subscriptions.last { $0.externalID == last.subscriptionID }?.plan
            let usage = try await self.reader.usage(
                of: last.subscriptionID,
                plan: plan ?? "",
                known: Dictionary(last.charges.map { ($0.id, $0.isPayInAdvance) }, uniquingKeysWith: { $1 }),
                customer,
                readAt: readAt
            )
            guard let usage, usage.from == last.from else { return nil }
            usages.append(usage)
        }
        return (LiveBalance(wallets: wallets, usages: usages), usages)
    }

    /// Lago's own figure, as long as what is settled stays as it was seen.
    private func premiumBalance(
        _ customer: CustomerID,
        _ mirrors: [MirroredWallet],
        _ kept: [HeldUsage.Kept]
    ) async throws -> Scouted? {
        let wallets = try await self.reader.wallets(of: customer)
        let settled = Dictionary(wallets.map { ($0.id, [$0.status, "\($0.balanceCents)"]) }, uniquingKeysWith: { $1 })
        let known = Dictionary(mirrors.map { ($0.id, [$0.status, "\($0.balanceCents)"]) }, uniquingKeysWith: { $1 })
        guard settled == known else { return nil }
        let usages = kept.map(\.reading)
        let balance = LiveBalance(wallets: wallets.map(WalletReading.init(_:)), usages: usages, isOngoingFresh: true)
        return (balance, usages)
    }
}
