private import Foundation
private import HTTPTypes
package import Jobs
package import LagoAPI
package import LagoEvents
private import Money
package import Store

/// `GET /api/lago/wallets`: a customer's wallets with their live balance, from the store.
///
/// Lago is not asked while the answer is fresh; an older one is given all the same, and looked after behind it.
package struct WalletReadRoutes: Sendable {
    /// An older look is repeated, in milliseconds.
    private static let fresh: Int64 = 30_000
    /// An older look is told as stale, in milliseconds: the slowest pace of looks, and a while.
    private static let stale: Int64 = 4_500_000
    /// How long a customer who was never looked at is waited for.
    private static let patience = Duration.seconds(3)

    private let reads: LagoReads
    private let store: Store
    private let balances: AccountBalances
    private let look: @Sendable (CustomerID) -> NewJob
    private let lagoIsAway: @Sendable () -> Bool
    private let now: @Sendable () -> Int64
    private let shelf = WalletShelf()

    /// - Parameters:
    ///   - look: the job that looks at a customer's balance.
    ///   - lagoIsAway: whether the last request to Lago failed.
    package init(
        reads: LagoReads,
        balances: AccountBalances,
        look: @escaping @Sendable (CustomerID) -> NewJob,
        lagoIsAway: @escaping @Sendable () -> Bool,
        now: @escaping @Sendable () -> Int64
    ) {
        self.reads = reads
        self.store = reads.store
        self.balances = balances
        self.look = look
        self.lagoIsAway = lagoIsAway
        self.now = now
    }

    package var routes: [APIRoute] { [APIRoute(.get, "/wallets", for: .customers, respond: self.list)] }

    @Sendable
    private func list(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["external_customer_id", "include_terminated"])
        let forms: [String: APIQuery.Form] = ["include_terminated": .word(["true", "false"])]
        let includesTerminated = try call.query.passed(forms).first?.value == "true"
        let customer = try call.customer(call.query["external_customer_id"])
        var wallets = try await self.wallets(of: customer)
        if let lookedAt = wallets.lookedAt {
            if self.now() - lookedAt > Self.fresh { try await self.askForLook(customer) }
        } else {
            wallets = try await self.firstLook(customer)
        }
        let answer = APIAnswer(json: includesTerminated ? wallets.all : wallets.active)
        guard let lookedAt = wallets.lookedAt else { return answer }
        let age = self.now() - lookedAt
        let isStale = age > Self.stale || age > Self.fresh && self.lagoIsAway()
        return answer.aged(since: lookedAt, at: self.now(), isStale: isStale)
    }

    private func wallets(of customer: CustomerID) async throws -> Wallets {
        if let known = self.shelf.wallets(of: customer, at: .now) { return known }
        let accounts = try await self.balances.standing(of: customer).accounts
        let wallets = Wallets(try await self.store.shownWallets(of: customer), accounts)
        self.shelf.keep(wallets, of: customer, at: .now)
        return wallets
    }

    private func askForLook(_ customer: CustomerID) async throws {
        let (job, now) = (self.look(customer), self.now())
        try await self.store.write { try $0.enqueue(job, .keep(dueAt: now), at: now) }
    }

    /// A customer whom nobody has looked at: unknown to Lago, without a wallet, or new.
    private func firstLook(_ customer: CustomerID) async throws -> Wallets {
        let found = try await self.reads.client.wallets(externalCustomerID: customer.rawValue)
        let (now, job) = (self.now(), self.look(customer))
        let hasActive = found.contains(where: \.isActive)
        let mirrors = found.map { MirroredWallet($0, of: customer, seenAt: now) }
        try await self.store.write { transaction in
            for mirror in mirrors { try transaction.save(mirror) }
            if hasActive { try transaction.enqueue(job, .keep(dueAt: now), at: now) }
        }
        let end = ContinuousClock.now + Self.patience
        while true {
            let accounts = try await self.balances.standing(of: customer).accounts
            // A look is a second or so; who has no active wallet has nothing to look at.
            if !hasActive || !accounts.isEmpty || ContinuousClock.now >= end {
                return Wallets(try await self.store.shownWallets(of: customer), accounts)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

extension MirroredWallet {
    init(_ wallet: LagoWallet, of customer: CustomerID, seenAt: Int64) {
        self.init(
            id: wallet.id,
            customer: customer,
            status: wallet.status,
            currency: wallet.currency.code,
            balanceCents: wallet.balanceCents,
            object: wallet.json,
            seenAt: seenAt
        )
    }
}
