internal import LagoAPI
internal import LagoEvents
private import Logging
internal import Store

extension Sweep {
    /// How long a purchase that is not paid yet is asked about, wallet by wallet; its invoice is looked at for longer.
    private static let pending: Int64 = 7 * 86_400_000

    /// Lists the transactions of wallets that are not as they were, or wait for a payment.
    ///
    /// Lago lists them by wallet only. Which wallets are left is in the store, so a crash costs one wallet's list.
    func readTransactions() async throws {
        var (count, last) = (0, "")
        var troubles = Troubles()
        while true {
            let wallets = try await self.store.unlistedWallets(
                start: self.startedAt,
                pendingSince: self.now() - Self.pending,
                after: last,
                limit: 50
            )
            guard let end = wallets.last?.id else { return }
            for wallet in wallets {
                do {
                    try await self.list(wallet)
                    troubles.end()
                } catch let error as LagoError {
                    try troubles.note(error)
                    self.logger.error(
                        "transactions skipped",
                        metadata: ["wallet": "\(wallet.id)", "error": "\(error)"]
                    )
                    try await self.close(wallet, mark: nil, newest: nil, skipped: 1)
                }
                count += 1
                if count.isMultiple(of: 500) {
                    let list = Phase.transactions.rawValue
                    self.logger.info("sweeping", metadata: ["list": "\(list)", "wallets": "\(count)"])
                }
            }
            last = end
        }
    }

    private func list(_ wallet: UnlistedWallet) async throws {
        var (newest, skipped): (Int64?, Int) = (nil, 0)
        do {
            var batches = try self.client.walletTransactions(walletID: wallet.id).batches.makeAsyncIterator()
            while let batch = try await self.asking({ try await batches.next() }) {
                newest = newest ?? batch.objects.first?.createdAt
                skipped += batch.unreadable.count
                for error in batch.unreadable {
                    self.logger.error("object skipped", metadata: ["wallet": "\(wallet.id)", "error": "\(error)"])
                }
                try await self.conclude(batch.objects, of: wallet)
                // Older ones are as they were.
                if let from = wallet.from, batch.objects.contains(where: { $0.createdAt < from }) { break }
            }
        } catch LagoError.notFound {
            newest = nil
        }
        // Where something was left out, the next sweep lists all of it again.
        let isWhole = skipped == 0
        try await self.close(
            wallet,
            mark: isWhole ? wallet.mark : nil,
            newest: isWhole ? newest : nil,
            skipped: skipped
        )
    }

    private func conclude(_ batch: [LagoWalletTransaction], of wallet: UnlistedWallet) async throws {
        let seenAt = self.now()
        var step = SweepStep(phase: Phase.transactions.rawValue, page: 1)
        step.seen = batch.count
        let findings = batch.map {
            Finding(
                facts: Fact.shown(by: $0, of: wallet.customer),
                member: LagoWalletTransaction.member,
                json: $0.json
            )
        }
        let edition = LagoEdition(hasTransactionMetadata: batch.first.map { $0.metadata != nil })
        try await self.conclude(step, findings) { transaction in
            try transaction.save(edition, at: seenAt)
            for item in batch { try transaction.save(MirroredTransaction(item, seenAt: seenAt)) }
        }
    }

    private func close(_ wallet: UnlistedWallet, mark: String?, newest: Int64?, skipped: Int = 0) async throws {
        var step = SweepStep(phase: Phase.transactions.rawValue, page: 1)
        step.skipped = skipped
        let now = self.now()
        try await self.conclude(step, []) {
            try $0.listed(wallet: wallet.id, mark: mark, newest: newest, at: now)
        }
    }
}
