private import LagoAPI
package import LagoEvents
private import Money
package import Rules
package import Store

/// The accounts of customers from what the store has of them; Lago is not asked.
package struct AccountBalances: Sendable {
    /// A customer's accounts as of one moment.
    package struct Standing: Hashable, Sendable {
        package let customer: CustomerID
        /// Grows with each new balance of the customer and stays over restarts; 0 before the first.
        package let revision: Int64
        /// By account; empty before the first look.
        package let accounts: [AccountBalance]
    }

    private let store: Store
    private let policy: ThresholdPolicy

    /// - Parameter policy: the operator's thresholds, for customers without their own.
    package init(store: Store, policy: ThresholdPolicy) {
        self.store = store
        self.policy = policy
    }

    /// The customer's accounts: one for each currency of an active wallet, and each restricted wallet that the customer's
    /// settings name.
    ///
    /// - Throws: what the store throws; `DecodingError` or `ThresholdError` for settings that cannot be read.
    package func standing(of customer: CustomerID) async throws -> Standing {
        try await self.standing(try await self.store.balanceSheet(of: customer))
    }

    /// The same of several customers, in their order.
    package func standings(of customers: [CustomerID]) async throws -> [Standing] {
        var standings: [Standing] = []
        for sheet in try await self.store.balanceSheets(of: customers) {
            standings.append(try await self.standing(sheet))
        }
        return standings
    }

    private func standing(_ sheet: BalanceSheet) async throws -> Standing {
        let settings = try CustomerSettings(json: sheet.settings)
        let policy = try settings.policy(default: self.policy)
        let open = sheet.openAccounts(restricted: Set(settings.lowBalance?.restrictedWallets ?? []))
        let topUps = try await self.lastTopUps(of: sheet.customer, under: policy)
        return Standing(
            customer: sheet.customer,
            revision: sheet.revision,
            accounts: open.map { reading in
                AccountBalance(
                    reading,
                    forecast: sheet.forecasts.first { $0.account == reading.account },
                    lastTopUp: topUps[reading.account],
                    policy: policy
                )
            }
        )
    }

    /// The credits that last arrived at each account; asked for only where a threshold is a share of them.
    private func lastTopUps(
        of customer: CustomerID,
        under policy: ThresholdPolicy
    ) async throws -> [String: FixedDecimal] {
        let hasShares = policy.thresholds.contains { if case .shareOfTopUp = $0 { true } else { false } }
        guard hasShares else { return [:] }
        let wallets = try await self.store.wallets(of: customer)
            .compactMap { try? LagoWallet(json: $0.object) }.filter(\.isActive)
        var last: [String: (at: Int64, credits: FixedDecimal)] = [:]
        for wallet in wallets {
            let account = wallet.restriction.isNone ? wallet.currency.code : wallet.id
            for object in try await self.store.transactions(ofWallets: [wallet.id]) {
                guard let item = try? LagoWalletTransaction(json: object),
                    item.status == LagoWalletTransaction.Status.settled.rawValue
                else { continue }
                let at = item.settledAt ?? item.createdAt
                if at > last[account]?.at ?? .min { last[account] = (at, item.credits) }
            }
        }
        return last.mapValues(\.credits)
    }
}

extension BalanceSheet {
    /// The readings of accounts that there still are: a balance outlives the wallets that it was read of.
    fileprivate func openAccounts(restricted: Set<String>) -> [BalanceReading] {
        self.readings.filter { reading in
            let isOfWallet = reading.account != reading.currency
            if isOfWallet, !restricted.contains(reading.account) { return false }
            let wallets = self.wallets.filter {
                isOfWallet ? $0.id == reading.account : $0.currency == reading.currency
            }
            return wallets.isEmpty || wallets.contains(where: \.isActive)
        }
    }
}
