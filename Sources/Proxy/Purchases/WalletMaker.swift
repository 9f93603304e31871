internal import LagoAPI
private import LagoEvents
private import Money
internal import Store

/// Finds the wallet that a purchase goes to, and makes it, and its customer, where they are missing.
struct WalletMaker: Sendable {
    let client: LagoClient
    let store: Store
    let terms: PurchaseTerms
    let now: @Sendable () -> Int64

    /// - Throws: `APIFailure` 422 where no wallet can be made so; `LagoError`.
    func wallet(for input: NewPurchase) async throws -> LagoWallet {
        let wallets = try await self.wallets(for: input)
        let currency = try await self.currency(for: input)
        if let wallet = Self.match(input, currency, among: wallets) { return try Self.check(wallet, input) }
        guard let rate = input.rate ?? self.terms.rates[currency] else {
            throw APIFailure.invalid("currency", "currency_not_offered")
        }
        do {
            let wallet = try await self.make(input, currency, rate)
            let mirror = MirroredWallet(wallet, of: input.customer, seenAt: self.now())
            try await self.store.write { try $0.save(mirror) }
            return wallet
        } catch let error as LagoError where error.codes.contains("value_already_exist") {
            // Somebody else was faster, or an answer was lost.
            let wallets = try await self.client.wallets(externalCustomerID: input.customer.rawValue)
            guard let wallet = Self.match(input, currency, among: wallets) else { throw error }
            return try Self.check(wallet, input)
        }
    }

    /// The customer's wallets; the customer is made where Lago has none.
    private func wallets(for input: NewPurchase) async throws -> [LagoWallet] {
        do {
            return try await self.client.wallets(externalCustomerID: input.customer.rawValue)
        } catch LagoError.notFound {
            let members = [(name: "external_id", value: JSONText.text(input.customer.rawValue))] + input.newCustomer
            _ = try await self.client.saveCustomer(JSONText.object(members).bytes)
            return []
        }
    }

    private func currency(for input: NewPurchase) async throws -> Currency {
        if let currency = input.currency { return currency }
        let customer = try await self.client.customer(externalID: input.customer.rawValue)
        guard let currency = customer.currency else { throw APIFailure.invalid("currency", "value_is_mandatory") }
        return currency
    }

    /// The one that is consumed first.
    private static func match(
        _ input: NewPurchase,
        _ currency: Currency,
        among wallets: [LagoWallet]
    ) -> LagoWallet? {
        wallets.filter { wallet in
            guard wallet.isActive, wallet.currency == currency else { return false }
            return input.code.map { wallet.code == $0 } ?? wallet.restriction.isNone
        }.min { ($0.priority, $0.createdAt, $0.id) < ($1.priority, $1.createdAt, $1.id) }
    }

    /// A price that was named and is not the wallet's would be a surprise.
    private static func check(_ wallet: LagoWallet, _ input: NewPurchase) throws(APIFailure) -> LagoWallet {
        guard input.rate == nil || input.rate == wallet.rate else {
            throw .invalid("rate_amount", "differs_from_wallet")
        }
        return wallet
    }

    /// An empty one. Its code is fixed by the currency, so that of two that are made at once one is refused.
    private func make(_ input: NewPurchase, _ currency: Currency, _ rate: FixedDecimal) async throws -> LagoWallet {
        let members: [(name: String, value: JSONText)] = [
            ("external_customer_id", .text(input.customer.rawValue)), ("currency", .text(currency.code)),
            ("rate_amount", .decimal(rate)), ("code", .text(input.code ?? "sluice_\(currency.code.lowercased())")),
        ]
        return try await self.client.createWallet(JSONText.object(members + input.wallet).bytes)
    }
}
