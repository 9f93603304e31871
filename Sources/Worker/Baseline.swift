private import Jobs
package import LagoAPI
private import LagoEvents
package import Logging
internal import ServiceLifecycle
package import Store

/// The first look at everything: fills the mirrors of an empty store, and mails nothing.
///
/// All that is there when Sluice first comes is no news. What an account holds then only arms its thresholds, and what
/// lies below them already is no descent. Read once in the life of a file, as fast as Lago may be asked; a stop in the
/// middle begins anew.
package struct BaselineService: Service {
    private static let patience = Backoff(base: .seconds(60), limit: .seconds(900))

    private let client: LagoClient
    private let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(client: LagoClient, store: Store, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.client = client
        self.store = store
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var attempt = 0
            while !Task.isCancelled {
                attempt += 1
                do {
                    guard try await self.store.reached(.baseline) == nil else { break }
                    try await self.read()
                    break
                } catch {
                    guard !Task.isCancelled else { return }
                    self.logger.warning("baseline put off", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: Self.patience.delay(afterAttempt: attempt, jitter: 0))
                }
            }
            // A service that ends would end the others.
            try? await gracefulShutdown()
        }
    }

    private func read() async throws {
        self.logger.notice("reading the baseline")
        var count = try await self.readWallets()
        for try await batch in self.client.customers() {
            count += try await self.keep(batch) { try $0.save(MirroredCustomer($1, seenAt: $2)) }
        }
        for try await batch in self.client.subscriptions(statuses: LagoSubscription.Status.allCases) {
            count += try await self.keep(batch) { try $0.save(MirroredSubscription($1, seenAt: $2)) }
        }
        for try await batch in self.client.invoices() {
            count += try await self.keep(batch) { try $0.save(MirroredInvoice($1, seenAt: $2)) }
        }
        try await self.store.write { [now = self.now()] in try $0.reach(.baseline, at: now) }
        self.logger.notice("baseline read", metadata: ["objects": "\(count)"])
    }

    /// Wallets first, with one look at each of their customers, to arm the thresholds: nothing that follows holds that up.
    private func readWallets() async throws -> Int {
        var count = 0
        for try await batch in self.client.wallets() {
            let customers = Set(batch.filter(\.isActive).map(\.externalCustomerID))
            try await self.store.write { [now = self.now()] transaction in
                for customer in customers {
                    try transaction.enqueue(.look(at: CustomerID(rawValue: customer)), .keep(dueAt: now), at: now)
                }
            }
            for wallet in batch {
                for try await transactions in try self.client.walletTransactions(walletID: wallet.id) {
                    count += try await self.keep(transactions) { try $0.save(MirroredTransaction($1, seenAt: $2)) }
                }
            }
            // A wallet after its transactions: one that is known as it is has all of them.
            count += try await self.keep(batch) { try $0.save(MirroredWallet($1, seenAt: $2)) }
        }
        return count
    }

    private func keep<Object: Sendable>(
        _ batch: [Object],
        _ save: @escaping @Sendable (Transaction, Object, _ seenAt: Int64) throws -> Void
    ) async throws -> Int {
        try await self.store.write { [now = self.now()] transaction in
            for object in batch { try save(transaction, object, now) }
        }
        return batch.count
    }
}
