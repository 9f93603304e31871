private import Foundation
private import HTTPTypes
package import Jobs
package import LagoAPI
package import LagoEvents
private import Money
private import Rules
package import Store
private import Telemetry

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
        var accounts = try await self.balances.accounts(of: customer)
        var wallets = try await self.store.shownWallets(of: customer)
        let lookedAt = accounts.map(\.seenAt).max() ?? wallets.compactMap(\.liveAt).max()
        if let lookedAt {
            if self.now() - lookedAt > Self.fresh { try await self.askForLook(customer) }
        } else {
            (accounts, wallets) = try await self.firstLook(customer)
        }
        let shown = Self.order(wallets.filter { $0.isActive || includesTerminated })
            .map { Self.json($0.wallet, $0.shown, accounts) }
        let first = Self.order(wallets.filter(\.isActive)).first.map { Self.json($0.wallet, $0.shown, accounts) }
        let answer = APIAnswer(.object([("wallet", first ?? .null), ("wallets", .list(shown))]))
        guard let lookedAt = accounts.map(\.seenAt).max() ?? lookedAt else { return answer }
        let isStale = self.now() - lookedAt > Self.stale || self.now() - lookedAt > Self.fresh && self.lagoIsAway()
        return answer.aged(since: lookedAt, at: self.now(), isStale: isStale)
    }

    private func askForLook(_ customer: CustomerID) async throws {
        let (job, now) = (self.look(customer), self.now())
        try await self.store.write { try $0.enqueue(job, .keep(dueAt: now), at: now) }
    }

    /// A customer whom nobody has looked at: unknown to Lago, without a wallet, or new.
    private func firstLook(_ customer: CustomerID) async throws -> ([AccountBalance], [ShownWallet]) {
        let found = try await self.reads.client.wallets(externalCustomerID: customer.rawValue)
        let now = self.now()
        let mirrors = found.map { wallet in
            MirroredWallet(
                id: wallet.id,
                customer: customer,
                status: wallet.status,
                currency: wallet.currency.code,
                balanceCents: wallet.balanceCents,
                object: wallet.json,
                seenAt: now
            )
        }
        let job = self.look(customer)
        try await self.store.write { transaction in
            for mirror in mirrors { try transaction.save(mirror) }
            if found.contains(where: \.isActive) { try transaction.enqueue(job, .keep(dueAt: now), at: now) }
        }
        let end = ContinuousClock.now + Self.patience
        var accounts: [AccountBalance] = []
        // A look is a second or so; who has no active wallet has nothing to look at.
        while found.contains(where: \.isActive), accounts.isEmpty, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            accounts = try await self.balances.accounts(of: customer)
        }
        return (accounts, try await self.store.shownWallets(of: customer))
    }

    private typealias Item = (wallet: LagoWallet, shown: ShownWallet)

    /// In the order in which they pay, active ones first; what cannot be read is left out.
    private static func order(_ wallets: [ShownWallet]) -> [Item] {
        let read = wallets.compactMap { shown in (try? LagoWallet(json: shown.object)).map { ($0, shown) } }
        return read.sorted { left, right in
            let (one, other) = (left.0, right.0)
            if one.isActive != other.isActive { return one.isActive }
            return (one.priority, one.createdAt, one.id) < (other.priority, other.createdAt, other.id)
        }
    }

    private static func json(_ wallet: LagoWallet, _ shown: ShownWallet, _ accounts: [AccountBalance]) -> JSONText {
        let name = wallet.restriction.isNone ? wallet.currency.code : wallet.id
        let account = wallet.isActive ? accounts.first { $0.account == name } : nil
        let live = wallet.isActive ? shown.liveCredits : nil
        return .extended(
            wallet.json,
            with: [
                ("live_credits_balance", .optional(live)),
                ("live_balance_cents", (wallet.isActive ? shown.liveCents : nil).map { .integer($0) } ?? .null),
                ("total_balance", .optional(account?.credits ?? live)),
                ("runs_out_at", .optional(account?.runsOutAt.map { Timestamp.text(milliseconds: $0) })),
                (
                    "balance_as_of",
                    .optional((account?.seenAt ?? shown.liveAt).map { Timestamp.text(milliseconds: $0) })
                ),
                ("status_level", .optional(account?.level.rawValue)),
            ]
        )
    }
}
