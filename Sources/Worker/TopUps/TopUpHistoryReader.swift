internal import LagoAPI
internal import LagoEvents
private import Logging
private import Money
internal import Rules
internal import Store

/// Compares an account's purchases at Lago with those in the store: after a restore, Lago knows more than the file does.
struct TopUpHistoryReader: Sendable {
    /// This month and the last one, in milliseconds: what limits look at.
    private static let reach: Int64 = 62 * 86_400_000

    /// How long Lago is not trusted with metadata after it dropped some, in milliseconds.
    private static let droppedHolds: Int64 = 86_400_000

    let client: LagoClient
    let store: Store
    let now: @Sendable () -> Int64

    /// What Lago has and the store has not.
    struct Findings: Sendable {
        /// Pending purchases that are not ours.
        var foreign: [LagoWalletTransaction] = []
        /// Top-ups that carry our key, to be taken over.
        var unknown: [TopUp] = []
    }

    /// Finds what carries our key and is not in the store, and what is pending that is not ours.
    func read(_ account: TopUpAccount, of customer: CustomerID) async throws -> Findings {
        let lookUp = TopUpLookUp(client: self.client)
        let since = try await lookUp.time() - Self.reach
        var findings = Findings()
        for wallet in account.wallets {
            for transaction in try await lookUp.purchases(inWallet: wallet.id, since: since) {
                guard let id = transaction.metadata?[TopUpLookUp.key] else {
                    if transaction.status == LagoWalletTransaction.Status.pending.rawValue {
                        findings.foreign.append(transaction)
                    }
                    continue
                }
                guard try await self.store.topUp(id) == nil else { continue }
                findings.unknown.append(self.adopted(transaction, id: id, of: customer, account.currency))
            }
        }
        return findings
    }

    /// Whether Lago keeps metadata, by which one is found again: its transactions tell, from 1.9 on. Where there is none to
    /// tell, its version does; where that is not to be had, nothing could be found.
    func hasTransactionMetadata(_ account: TopUpAccount) async throws -> Bool {
        let dropped = try await self.store.reached(.metadataDropped)
        if let dropped, self.now() - dropped < Self.droppedHolds { return false }
        if let known = try await self.store.lagoEdition().hasTransactionMetadata { return known }
        for wallet in account.wallets {
            var pages = try self.client.walletTransactions(walletID: wallet.id).makeAsyncIterator()
            if let newest = try await pages.next()?.first { return newest.metadata != nil }
        }
        do {
            return Self.keepsMetadata(version: try await self.client.health())
        } catch is LagoError {
            return false
        }
    }

    /// Versions are like `1.51.0`, perhaps with a `v` before it; others keep none as far as is known.
    private static func keepsMetadata(version: String) -> Bool {
        let parts = version.drop { $0 == "v" }.split(separator: ".").map { Int($0) }
        guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return false }
        return (major, minor) >= (1, 9)
    }

    private func adopted(
        _ transaction: LagoWalletTransaction,
        id: String,
        of customer: CustomerID,
        _ currency: Currency
    ) -> TopUp {
        let origin = transaction.metadata?[TopUpLookUp.originKey].flatMap(TopUpOrigin.init(rawValue:))
        var topUp = TopUp(
            id: id,
            customer: customer,
            account: currency.code,
            wallet: transaction.walletID,
            origin: (origin ?? .automatic).rawValue,
            state: TopUpState.submitted.rawValue,
            credits: transaction.credits.description,
            cents: transaction.amount.cents(rate: FixedDecimal(units: 100_000), currency: currency),
            isAdopted: true,
            at: transaction.createdAt
        )
        topUp.apply(transaction, at: self.now())
        return topUp
    }
}

extension TopUp {
    /// Takes over what Lago says of the transaction.
    mutating func apply(_ transaction: LagoWalletTransaction, at now: Int64) {
        self.transactionID = transaction.id
        self.invoiceID = transaction.invoiceID ?? self.invoiceID
        switch LagoWalletTransaction.Status(rawValue: transaction.status) {
        case .settled:
            self.state = TopUpState.settled.rawValue
            self.settled = KeptTime(transaction.settledAt ?? now)
            self.invoiceState = TopUpRecord.Invoice.closed.rawValue
            self.reason = nil
        case .failed:
            if self.state != TopUpState.failed.rawValue {
                self.failures.append(KeptTime(transaction.failedAt ?? now))
                self.reason = "declined"
            }
            self.state = TopUpState.failed.rawValue
            self.invoiceState = TopUpRecord.Invoice.payable.rawValue
        case .pending, nil:
            self.state = TopUpState.submitted.rawValue
            let isSeen = self.invoiceID != nil
            self.invoiceState = (isSeen ? TopUpRecord.Invoice.payable : .notSeen).rawValue
        }
        self.updatedAt = now
    }
}
