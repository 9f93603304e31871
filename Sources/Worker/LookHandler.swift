package import Jobs
package import LagoAPI
private import LagoEvents
private import Money
private import Store

/// Looks at one customer's wallets at Lago and keeps them as seen.
package struct LookHandler: Sendable {
    /// How long to wait for somebody to configure Lago.
    private static let unconfigured = Duration.seconds(60)

    private let client: LagoClient?
    private let now: @Sendable () -> Int64

    /// - Parameter client: nil while Lago is not configured; then looks wait.
    package init(client: LagoClient?, now: @escaping @Sendable () -> Int64) {
        self.client = client
        self.now = now
    }

    /// A handler for jobs whose key is the customer's id.
    @Sendable
    package func callAsFunction(_ lease: Lease) async throws -> JobOutcome {
        guard let client = self.client else { return JobOutcome(.notYet(for: Self.unconfigured)) }
        // What is read now was true now at the latest.
        let seenAt = self.now()
        do {
            let wallets = try await client.wallets(externalCustomerID: lease.key).map { wallet in
                MirroredWallet(
                    id: wallet.id,
                    customer: CustomerID(rawValue: wallet.externalCustomerID),
                    status: wallet.status,
                    currency: wallet.currency.code,
                    balanceCents: wallet.balanceCents,
                    object: wallet.json,
                    seenAt: seenAt
                )
            }
            return JobOutcome(.succeeded) { transaction in
                for wallet in wallets { try transaction.save(wallet) }
            }
        } catch let error as LagoError where !error.canRetryHelp {
            return JobOutcome(.permanent(reason: "\(error)"))
        }
    }
}
