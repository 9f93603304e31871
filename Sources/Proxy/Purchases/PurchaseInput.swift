private import LagoAPI
internal import LagoEvents
internal import Money

/// What stands in a request to buy credits, whichever route it came by.
struct PurchaseInput {
    /// Members that go along to Lago, by the names that they have there.
    private static let extras: Set<String> = [
        "name", "invoice_requires_successful_payment", "ignore_paid_top_up_limits", "payment_method",
        "purchase_order_number", "invoice_custom_section",
    ]
    /// What a server key may say of a purchase, beside the wallet and the credits.
    static let forServers = Self.extras.union(["granted_credits", "priority"])

    /// In a decimal's units.
    private static let one: Int64 = 100_000

    /// Nil where nothing is bought.
    let credits: FixedDecimal?
    /// A JSON object; nil for none.
    let extras: [UInt8]?

    /// Reads what a server key or a customer may say; problems are noted.
    ///
    /// - Parameter names: how Lago's members are named in this request, where it is not by their own names.
    init(_ fields: inout APIFields, terms: PurchaseTerms, names: [String: String] = [:]) {
        self.credits = Self.amount("paid_credits", &fields, atMost: terms.maximum)
        let granted = Self.amount("granted_credits", &fields, atMost: terms.maximum)
        if granted != nil, self.credits == nil { fields.note("paid_credits", "value_is_mandatory") }
        var members: [(name: String, value: JSONText)] = []
        if let granted { members.append(("granted_credits", .decimal(granted))) }
        for name in Self.extras.sorted() {
            guard let sent = names.isEmpty ? name : names[name] else { continue }
            members += fields.passed([sent]).map { (name, $0.value) }
        }
        if let priority = Self.priority(names["priority"] ?? "priority", &fields) {
            members.append(("priority", .integer(priority)))
        }
        self.extras = members.isEmpty ? nil : JSONText.object(members).bytes
    }

    /// 1 to 50, as Lago fails where a purchase has another; nil where it is null or missing.
    static func priority(_ name: String, _ fields: inout APIFields) -> Int64? {
        guard let value = fields.value(name) else { return nil }
        let units = value.figure.flatMap { FixedDecimal(exactly: $0) }?.units ?? 0
        guard units.isMultiple(of: Self.one), (1...50).contains(units / Self.one) else {
            fields.note(name, "value_is_invalid")
            return nil
        }
        return units / Self.one
    }

    /// Credits over zero; nil where none are named.
    private static func amount(
        _ name: String,
        _ fields: inout APIFields,
        atMost maximum: FixedDecimal
    ) -> FixedDecimal? {
        guard let credits = fields.decimal(name) else { return nil }
        if credits <= .zero { fields.note(name, "invalid_amount") }
        if credits > maximum { fields.note(name, "amount_above_maximum") }
        return credits
    }
}

/// What stands in a request to buy credits for a customer, who may have no wallet yet.
struct NewPurchase {
    /// What only a server key may say of a new wallet; Lago knows them by these names.
    private static let walletMembers: Set<String> = [
        "priority", "expiration_at", "invoice_requires_successful_payment", "paid_top_up_min_amount_cents",
        "paid_top_up_max_amount_cents", "applies_to", "metadata", "payment_method", "billing_entity_code",
        "invoice_custom_section",
    ]
    private static let forCustomers: Set<String> = [
        "external_customer_id", "paid_credits", "currency", "name", "customer",
    ]
    /// What a server key calls what goes along with the purchase.
    private static let purchaseMembers = ["name": "transaction_name", "priority": "transaction_priority"]
    private static let forServers = Self.forCustomers.union(Self.walletMembers).union(
        ["rate_amount", "code", "granted_credits"] + Self.purchaseMembers.values
    )

    let customer: CustomerID
    let purchase: PurchaseInput
    /// Nil for the customer's own.
    let currency: Currency?
    /// In major units per credit; nil for the operator's.
    let rate: FixedDecimal?
    /// Which wallet; nil for any that pays for everything.
    let code: String?
    /// What Lago is to know of a new wallet beside that.
    let wallet: [(name: String, value: JSONText)]
    /// What Lago is to know of a new customer.
    let newCustomer: [(name: String, value: JSONText)]

    /// - Throws: `APIFailure` 400, 404 for another customer, 422 with all problems.
    init(_ call: APICall, terms: PurchaseTerms) throws(APIFailure) {
        let isServer = call.principal.isServer
        let known = isServer ? Self.forServers : Self.forCustomers
        var fields = try APIFields(call.body, root: "wallet", known: known)
        self.customer = try call.customer(fields.text("external_customer_id"))
        self.purchase = PurchaseInput(&fields, terms: terms, names: Self.purchaseMembers)
        if !isServer, self.purchase.credits == nil { fields.note("paid_credits", "value_is_mandatory") }
        let code = fields.text("currency")
        self.currency = code.flatMap { Currency($0) }
        if let code, self.currency?.code != code { fields.note("currency", "value_is_invalid") }
        self.rate = fields.decimal("rate_amount")
        if let rate = self.rate, rate <= .zero { fields.note("rate_amount", "value_is_out_of_range") }
        self.code = fields.text("code")
        // A wallet that does not pay for everything is not the one that others buy for.
        if fields.value("applies_to") != nil, self.code == nil { fields.note("code", "value_is_mandatory") }
        _ = fields.text("name")
        _ = PurchaseInput.priority("priority", &fields)
        self.wallet = fields.passed(Self.walletMembers.union(["name"]))
        self.newCustomer = try Self.customer(&fields, isServer: isServer)
        try fields.check()
    }

    /// What a customer may say of itself: nothing that decides on taxes, terms, or whom mail goes to.
    private static let ofOneself: Set<String> = [
        "name", "firstname", "lastname", "legal_name", "customer_type", "country", "address_line1", "address_line2",
        "city", "state", "zipcode", "phone", "url", "timezone",
    ]

    private static func customer(
        _ fields: inout APIFields,
        isServer: Bool
    ) throws(APIFailure) -> [(name: String, value: JSONText)] {
        guard let members = fields.object("customer") else { return [] }
        let known = isServer ? CustomerRoutes.fields.subtracting(["external_id"]) : Self.ofOneself
        return try APIFields(members, known: known, place: "customer").passed(known)
    }
}

/// What stands in a request to buy credits for a wallet.
struct WalletTopUp {
    let wallet: String
    let purchase: PurchaseInput
    let credits: FixedDecimal

    /// - Throws: `APIFailure` 400, 422 with all problems.
    init(_ call: APICall, terms: PurchaseTerms) throws(APIFailure) {
        let own: Set = ["wallet_id", "paid_credits"]
        let known = call.principal.isServer ? own.union(PurchaseInput.forServers) : own
        var fields = try APIFields(call.body, root: "wallet_transaction", or: "wallet", known: known)
        let wallet = fields.mandatoryText("wallet_id")
        self.purchase = PurchaseInput(&fields, terms: terms)
        if self.purchase.credits == nil { fields.note("paid_credits", "value_is_mandatory") }
        try fields.check()
        guard let wallet, let credits = self.purchase.credits else { throw .invalid("paid_credits", "invalid_amount") }
        (self.wallet, self.credits) = (wallet, credits)
    }
}
