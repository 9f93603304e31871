import Foundation
import Money

extension SandboxState {
    /// How many active wallets a customer may have.
    private static let walletLimit = 6
    private static let feeTypes = [
        "charge", "add_on", "subscription", "credit", "commitment", "fixed_charge", "product",
    ]

    /// - Throws: `LagoFailure` 404 `wallet_not_found`.
    func walletIndex(id: String) throws(LagoFailure) -> Int {
        guard let index = self.wallets.position(id: id) else { throw .notFound("wallet") }
        return index
    }

    /// Adds a wallet, still empty; `fillWallet` follows in Lago's next job.
    ///
    /// - Parameter externalID: the customer, for the route that names it; nil takes the body's.
    /// - Throws: `LagoFailure` 422 with what is wrong, 404 for an unknown customer in the route.
    mutating func createWallet(
        _ body: JSONValue,
        for externalID: String? = nil,
        at now: Date
    ) throws(LagoFailure) -> SandboxWallet {
        let customer: Customer
        if let externalID {
            customer = try self.customer(externalID: externalID)
        } else {
            let found = self.knownCustomer(body["external_customer_id"]?.string)
            guard let found else { throw .validation(["customer": ["customer_not_found"]]) }
            customer = found
        }
        let active = self.wallets.rows(in: customer.id).filter { !$0.isTerminated }
        var details = Self.refusals(of: body, at: now)
        if active.count >= Self.walletLimit { details["customer"] = ["wallet_limit_reached"] }
        let currency = (body["currency"]?.string).flatMap { Customer.accepts(currency: $0) ? Currency($0) : nil }
        if currency == nil { details["currency"] = ["value_is_invalid"] }
        if let currency, !self.allows(currency, for: customer) { details["currency"] = ["currencies_does_not_match"] }
        let rate = Self.positive(body["rate_amount"])
        if rate == nil { details["rate_amount"] = ["value_is_out_of_range"] }
        let code = body["code"]?.string ?? Self.code(of: body["name"]?.string, beside: active.map(\.code), at: now)
        if active.contains(where: { $0.code == code }) { details["code"] = ["value_already_exist"] }
        guard details.isEmpty, let currency, let rate else { throw .validation(details) }
        var wallet = SandboxWallet(
            customerID: customer.id,
            name: body["name"]?.string,
            code: code,
            currency: currency,
            rate: rate,
            credits: .zero,
            createdAt: now
        )
        wallet.apply(body)
        if let metadata = body["metadata"]?.object { wallet.metadata = metadata }
        self.wallets.append(wallet)
        self.settle(currency, for: customer)
        self.tell(.walletCreated, wallet: self.wallets.count - 1)
        return wallet
    }

    /// Grants and sells what the body of a new wallet asks for.
    mutating func fillWallet(_ id: String, _ body: JSONValue, at now: Date) {
        var order: JSONValue = ["wallet_id": .string(id)]
        for (key, own) in [
            ("paid_credits", "paid_credits"), ("granted_credits", "granted_credits"),
            ("transaction_name", "name"), ("transaction_priority", "priority"), ("transaction_metadata", "metadata"),
            ("ignore_paid_top_up_limits_on_creation", "ignore_paid_top_up_limits"),
        ] {
            if let value = body[key] { order[own] = value }
        }
        guard let created = try? self.createTransactions(order, at: now) else { return }
        self.invoicePurchases(created, at: now)
    }

    /// Applies the `wallet` object of `PUT /wallets/{id}`.
    ///
    /// - Throws: `LagoFailure` 404, or 422 with what is wrong; nothing has changed then.
    mutating func updateWallet(id: String, _ body: JSONValue, at now: Date) throws(LagoFailure) -> SandboxWallet {
        let index = try self.walletIndex(id: id)
        let before = self.wallets[index]
        var details = Self.refusals(of: body, at: now)
        if let code = body["code"]?.string {
            let isTaken = self.wallets.rows(in: before.customerID).contains {
                !$0.isTerminated && $0.code == code && $0.id != id
            }
            if isTaken { details["code"] = ["value_already_exist"] }
        }
        guard details.isEmpty else { throw .validation(details) }
        self.wallets[index].apply(body)
        // Lago forgets the metrics whenever they are not sent again.
        if body["applies_to"]?["billable_metric_codes"] == nil { self.wallets[index].metricCodes = [] }
        if let metadata = body["metadata"]?.object { self.wallets[index].metadata = metadata }
        let wallet = self.wallets[index]
        self.tell(.walletUpdated, wallet: index)
        if wallet.code != before.code || wallet.priority != before.priority || wallet.feeTypes != before.feeTypes
            || wallet.metricCodes != before.metricCodes
        {
            self.refreshWallets(of: wallet.customerID, at: now)
        }
        return self.wallets[index]
    }

    /// Ends a wallet; ending it again changes nothing.
    ///
    /// - Throws: `LagoFailure` 404.
    mutating func terminateWallet(id: String, at now: Date) throws(LagoFailure) -> SandboxWallet {
        let index = try self.walletIndex(id: id)
        if !self.wallets[index].isTerminated {
            self.wallets[index].terminatedAt = now
            self.tell(.walletTerminated, wallet: index)
        }
        return self.wallets[index]
    }

    /// Whether the customer may have something in this currency.
    func allows(_ currency: Currency, for customer: Customer) -> Bool {
        self.billing.allowsSeveralCurrencies || (customer.texts[.currency] ?? currency.code) == currency.code
    }

    /// Gives a customer without a currency this one.
    mutating func settle(_ currency: Currency, for customer: Customer) {
        guard customer.texts[.currency] == nil,
            let index = self.customers.position(id: customer.id)
        else { return }
        self.customers[index].texts[.currency] = currency.code
    }

    private static func positive(_ value: JSONValue?) -> FixedDecimal? {
        guard let rate = value?.string.flatMap({ FixedDecimal($0) }), rate > .zero else { return nil }
        return rate
    }

    private static func refusals(of body: JSONValue, at now: Date) -> [String: [String]] {
        var details: [String: [String]] = [:]
        for field in ["paid_credits", "granted_credits"] {
            guard let value = body[field], value != .null else { continue }
            guard let credits = value.string.flatMap({ FixedDecimal($0) }), credits >= .zero else {
                details[field] = ["invalid_" + field, "invalid_amount"]
                continue
            }
        }
        if let priority = body["priority"], !(1...50).contains(priority.integer ?? 0) {
            details["priority"] = ["value_is_invalid"]
        }
        if let expiration = body["expiration_at"], expiration != .null {
            let date = expiration.string.flatMap(LagoTime.date)
            if date.map({ $0 <= now }) ?? true { details["expiration_at"] = ["invalid_date"] }
        }
        if let types = body["applies_to"]?["fee_types"]?.array {
            let areKnown = types.allSatisfy { Self.feeTypes.contains($0.string ?? "") }
            if !areKnown { details["applies_to"] = ["invalid_limitations"] }
        }
        return details
    }

    /// The name in lower case, or `default`; with the time behind it where that is taken.
    private static func code(of name: String?, beside taken: [String], at now: Date) -> String {
        let slug = (name ?? "").lowercased().replacing(/[^a-z0-9]+/, with: "_")
        let code = slug.isEmpty ? "default" : slug
        return taken.contains(code) ? code + "_" + String(Int64(now.timeIntervalSince1970)) : code
    }
}

extension SandboxWallet {
    /// Takes over what a request may change; only the keys that are present do.
    fileprivate mutating func apply(_ body: JSONValue) {
        if let name = body["name"] { self.name = name.string }
        if let code = body["code"]?.string { self.code = code }
        if let priority = body["priority"]?.integer { self.priority = Int(priority) }
        if let expiration = body["expiration_at"] { self.expirationAt = expiration.string.flatMap(LagoTime.date) }
        if let value = body["invoice_requires_successful_payment"]?.bool {
            self.invoiceRequiresSuccessfulPayment = value
        }
        if let value = body["paid_top_up_min_amount_cents"] { self.paidTopUpMinAmountCents = value.integer }
        if let value = body["paid_top_up_max_amount_cents"] { self.paidTopUpMaxAmountCents = value.integer }
        if let types = body["applies_to"]?["fee_types"]?.array { self.feeTypes = types.compactMap(\.string) }
        if let codes = body["applies_to"]?["billable_metric_codes"]?.array {
            self.metricCodes = codes.compactMap(\.string)
        }
    }
}
