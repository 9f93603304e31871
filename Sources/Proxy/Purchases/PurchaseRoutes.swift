private import HTTPTypes
private import LagoAPI
private import LagoEvents
private import Money
private import Store

/// `POST /api/lago/wallets`, `PATCH /api/lago/wallets`, `GET /api/lago/wallets/{id}/transactions`.
package struct PurchaseRoutes: Sendable {
    /// Buys what is ordered, once for each id.
    ///
    /// - Throws: `LagoError` where Lago refuses it, and `APIFailure.purchasePending`.
    package typealias Buy = @Sendable (PurchaseOrder) async throws -> PurchaseReceipt

    private static let missing = "wallet_not_found"

    private let reads: LagoReads
    private let terms: PurchaseTerms
    private let maker: WalletMaker
    private let buy: Buy

    package init(_ reads: LagoReads, terms: PurchaseTerms, now: @escaping @Sendable () -> Int64, buy: @escaping Buy) {
        self.reads = reads
        self.terms = terms
        self.maker = WalletMaker(client: reads.client, store: reads.store, terms: terms, now: now)
        self.buy = buy
    }

    package var routes: [APIRoute] {
        [
            APIRoute(.post, "/wallets", for: .customers, buying: self.newPurchase, respond: self.purchase),
            APIRoute(.patch, "/wallets", for: .customers, buying: self.newTopUp, respond: self.topUp),
            APIRoute(.get, "/wallets/{id}/transactions", for: .customers, respond: self.transactions),
        ]
    }

    // MARK: - For a customer, who may have no wallet

    @Sendable
    private func newPurchase(_ call: APICall) throws -> String? {
        let input = try NewPurchase(call, terms: self.terms)
        let wallet = "\(input.customer.rawValue) \(input.currency?.code ?? "") \(input.code ?? "")"
        return input.purchase.credits.map { "\($0) for \(wallet)" }
    }

    @Sendable
    private func purchase(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        let input = try NewPurchase(call, terms: self.terms)
        let begun = try await self.begun(call)
        let wallet = if let begun { begun } else { try await self.maker.wallet(for: input) }
        var receipt: PurchaseReceipt?
        if let credits = input.purchase.credits {
            receipt = try await self.order(credits, for: wallet, call, input.purchase)
        }
        return APIAnswer(.object([("wallet", .raw(wallet.json))] + Self.members(receipt)))
    }

    /// The wallet of a purchase that was begun before; what is bought for one wallet is not bought for another as well.
    private func begun(_ call: APICall) async throws -> LagoWallet? {
        guard let topUp = try await self.reads.store.topUp(call.intent) else { return nil }
        return try await self.reads.client.wallet(id: topUp.wallet)
    }

    // MARK: - For a wallet

    @Sendable
    private func newTopUp(_ call: APICall) throws -> String? {
        let input = try WalletTopUp(call, terms: self.terms)
        return "\(input.credits) for wallet \(input.wallet)"
    }

    @Sendable
    private func topUp(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        let input = try WalletTopUp(call, terms: self.terms)
        let wallet = try await self.reads.client.wallet(id: input.wallet)
        try call.check(owner: wallet.externalCustomerID, missing: Self.missing)
        return APIAnswer(.object(Self.members(try await self.order(input.credits, for: wallet, call, input.purchase))))
    }

    private func order(
        _ credits: FixedDecimal,
        for wallet: LagoWallet,
        _ call: APICall,
        _ input: PurchaseInput
    ) async throws -> PurchaseReceipt {
        // Older Lagos take what is worth nothing.
        guard credits.cents(rate: wallet.rate, currency: wallet.currency) > 0 else {
            throw APIFailure.invalid("paid_credits", "amount_rounds_to_zero")
        }
        return try await self.buy(
            PurchaseOrder(
                id: call.intent,
                customer: CustomerID(rawValue: wallet.externalCustomerID),
                wallet: wallet,
                credits: credits,
                extras: input.extras
            )
        )
    }

    private static func members(_ receipt: PurchaseReceipt?) -> [(name: String, value: JSONText)] {
        [
            ("wallet_transaction", receipt.map { .raw($0.transaction) } ?? .null),
            ("payment_url", .optional(receipt?.paymentURL)),
        ]
    }

    // MARK: - What was bought and consumed

    private static let filters: [String: APIQuery.Form] = [
        "page": .page, "per_page": .pageSize, "status": .word(["pending", "settled", "failed"]),
        "transaction_type": .word(["inbound", "outbound"]),
        "transaction_status": .word(["purchased", "granted", "voided", "invoiced"]),
    ]

    @Sendable
    private func transactions(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(Set(Self.filters.keys))
        let query = try call.query.passed(Self.filters)
        let id = try call.parameter("id")
        if !call.principal.isServer {
            let owner = try await self.reads.owner(ofWallet: id)
            try call.check(owner: owner, missing: Self.missing)
        }
        return try await self.reads.answer(
            ["wallets", id, "wallet_transactions"],
            query: query,
            as: "wallet_transactions"
        )
    }
}

extension LagoReads {
    /// The operator's id of the customer whose wallet it is; wallets do not change hands.
    ///
    /// - Throws: `LagoError`, `notFound` for a wallet that Lago does not know.
    fileprivate func owner(ofWallet id: String) async throws -> String {
        if let known = try await self.store.owner(ofWallet: id) { return known.rawValue }
        return try await self.client.wallet(id: id).externalCustomerID
    }
}
