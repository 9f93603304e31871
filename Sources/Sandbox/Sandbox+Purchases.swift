package import Money

/// Credits that were bought: a transaction of Lago's.
package struct SandboxPurchase: Sendable, Identifiable {
    package let id: String
    package let walletID: String
    package let credits: FixedDecimal
    /// `pending`, `settled` or `failed`.
    package let status: String
    package let metadata: [String: String]
}

extension Sandbox {
    /// All that was ever bought, wallet by wallet, oldest first.
    package var purchases: [SandboxPurchase] {
        self.model.withLock { state in
            state.wallets.flatMap { state.transactions.rows(in: $0.id) }.filter { $0.kind == .purchased }.map {
                SandboxPurchase(
                    id: $0.id,
                    walletID: $0.walletID,
                    credits: $0.credits,
                    status: $0.status.rawValue,
                    metadata: ($0.metadata ?? []).reduce(into: [:]) { $0[$1.key] = $1.value.string }
                )
            }
        }
    }
}
