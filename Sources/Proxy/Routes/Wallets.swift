private import LagoAPI
internal import LagoEvents
private import Money
private import Rules
internal import Store
private import Synchronization
private import Telemetry

/// A customer's wallets as they are answered, of one moment.
struct Wallets: Sendable {
    /// `{"wallet":…,"wallets":[…]}`, of the active ones and of all.
    let active: [UInt8]
    let all: [UInt8]
    /// When the customer was last looked at, in Unix milliseconds.
    let lookedAt: Int64?

    private typealias Item = (wallet: LagoWallet, shown: ShownWallet)

    init(_ wallets: [ShownWallet], _ accounts: [AccountBalance]) {
        let items = Self.ordered(wallets).map { (isActive: $0.wallet.isActive, json: Self.json($0, accounts)) }
        let first = items.first.flatMap { $0.isActive ? $0.json : nil } ?? .null
        func answer(_ items: [(isActive: Bool, json: JSONText)]) -> [UInt8] {
            JSONText.object([("wallet", first), ("wallets", .list(items.map(\.json)))]).bytes
        }
        self.active = answer(items.filter(\.isActive))
        self.all = answer(items)
        self.lookedAt = accounts.map(\.asOf).max() ?? wallets.compactMap(\.liveAt).max()
    }

    /// In the order in which they pay, active ones first; what cannot be read is left out.
    private static func ordered(_ wallets: [ShownWallet]) -> [Item] {
        let read = wallets.compactMap { shown in
            (try? LagoWallet(json: shown.object)).map { (wallet: $0, shown: shown) }
        }
        return read.sorted { left, right in
            let (one, other) = (left.wallet, right.wallet)
            if one.isActive != other.isActive { return one.isActive }
            return (one.priority, one.createdAt, one.id) < (other.priority, other.createdAt, other.id)
        }
    }

    private static func json(_ item: Item, _ accounts: [AccountBalance]) -> JSONText {
        let (wallet, shown) = item
        let name = wallet.restriction.isNone ? wallet.currency.code : wallet.id
        let account = wallet.isActive ? accounts.first { $0.account == name } : nil
        let live = wallet.isActive ? shown.liveCredits : nil
        let asOf = account?.asOf ?? shown.liveAt
        return .extended(
            wallet.json,
            with: [
                ("live_credits_balance", .optional(live)),
                ("live_balance_cents", (wallet.isActive ? shown.liveCents : nil).map { .integer($0) } ?? .null),
                ("total_balance", .optional(account?.credits ?? live)),
                ("runs_out_at", .optional(account?.runsOutAt.map { Timestamp.text(milliseconds: $0) })),
                ("balance_as_of", .optional(asOf.map { Timestamp.text(milliseconds: $0) })),
                ("status_level", .optional(account?.level?.rawValue)),
            ]
        )
    }
}

/// Answers of a moment ago: who is asked for again and again is read a few times a second.
///
/// Another process may be the one that looks at balances, so nothing tells when one moved; it is never held for longer
/// than such a process would take to notice.
final class WalletShelf: Sendable {
    private static let holds = Duration.milliseconds(250)
    private static let most = 10_000

    private let kept = Mutex<[CustomerID: (wallets: Wallets, at: ContinuousClock.Instant)]>([:])

    func wallets(of customer: CustomerID, at now: ContinuousClock.Instant) -> Wallets? {
        self.kept.withLock { kept in
            kept[customer].flatMap { now - $0.at < Self.holds ? $0.wallets : nil }
        }
    }

    /// Customers without a look are asked for anew each time.
    func keep(_ wallets: Wallets, of customer: CustomerID, at now: ContinuousClock.Instant) {
        guard wallets.lookedAt != nil else { return }
        self.kept.withLock { kept in
            if kept.count >= Self.most { kept.removeAll(keepingCapacity: true) }
            kept[customer] = (wallets, now)
        }
    }
}
