extension LagoClient {
    /// The customer of this id.
    ///
    /// An id with a dot or a slash in it fits no path of Lago's (`/customers/a@b.com` is no route), so it is looked up in
    /// the list.
    ///
    /// - Throws: `LagoError.notFound` with `customer_not_found`, also for deleted customers.
    package func customer(externalID: String) async throws -> LagoCustomer {
        if externalID.contains(where: { "./\\".contains($0) }) { return try await self.listedCustomer(externalID) }
        return try await self.object(at: "/customers/\(try Query.segment(externalID))", as: "customer")
    }

    /// All customers of the organisation, newest first.
    package func customers() -> LagoPages<LagoCustomer> {
        self.pages(at: "/customers", as: "customers")
    }

    /// Before 1.49, Lago ignores the filter for the exact id, and gives all customers; its search is older. It finds
    /// parts of names, too, so what comes is compared.
    private func listedCustomer(_ externalID: String) async throws -> LagoCustomer {
        let exact: LagoPages<LagoCustomer> =
            self.pages(at: "/customers", query: [("external_id", externalID)], as: "customers")
        var first = exact.makeAsyncIterator()
        let others = try await first.next() ?? []
        if let customer = others.first(where: { $0.externalID == externalID }) { return customer }
        if others.isEmpty { throw LagoError.notFound(code: "customer_not_found") }
        let search: LagoPages<LagoCustomer> =
            self.pages(at: "/customers", query: [("search_term", externalID)], as: "customers")
        for try await batch in search {
            if let customer = batch.first(where: { $0.externalID == externalID }) { return customer }
        }
        throw LagoError.notFound(code: "customer_not_found")
    }

    // MARK: - Wallets

    /// All wallets of a customer over all pages, active and terminated, newest first: not the order of consumption.
    ///
    /// - Throws: `LagoError.notFound` with `customer_not_found` for a customer that Lago does not know.
    package func wallets(externalCustomerID: String, activeOnly: Bool = false) async throws -> [LagoWallet] {
        guard !externalCustomerID.isEmpty else { throw LagoError.notFound(code: nil) }
        let query = [("external_customer_id", externalCustomerID)]
        let pages: LagoPages<LagoWallet> = self.pages(at: "/wallets", query: query, as: "wallets")
        return try await pages.all().filter { !activeOnly || $0.isActive }
    }

    /// All wallets of the organisation, active and terminated, newest first.
    package func wallets() -> LagoPages<LagoWallet> {
        self.pages(at: "/wallets", as: "wallets")
    }

    /// - Parameter id: Lago's.
    /// - Throws: `LagoError.notFound` with `wallet_not_found`.
    package func wallet(id: String) async throws -> LagoWallet {
        try await self.object(at: "/wallets/\(try Query.segment(id))", as: "wallet")
    }

    /// The transactions of a wallet, newest first.
    ///
    /// - Throws: `LagoError.notFound` with `wallet_not_found`, when iterated.
    package func walletTransactions(
        walletID: String,
        filter: LagoTransactionFilter = LagoTransactionFilter()
    ) throws -> LagoPages<LagoWalletTransaction> {
        let path = "/wallets/\(try Query.segment(walletID))/wallet_transactions"
        return self.pages(at: path, query: filter.query, as: "wallet_transactions")
    }

    // MARK: - Subscriptions, usage, plans

    /// A customer's subscriptions over all pages, without their plans. An unknown customer has none.
    ///
    /// - Parameter statuses: active ones only where none is given, as Lago has it.
    package func subscriptions(
        externalCustomerID: String,
        statuses: [LagoSubscription.Status] = []
    ) async throws -> [LagoSubscription] {
        guard !externalCustomerID.isEmpty else { throw LagoError.notFound(code: nil) }
        let query = [("external_customer_id", externalCustomerID)] + Self.query(statuses)
        let pages: LagoPages<LagoSubscription> = self.pages(at: "/subscriptions", query: query, as: "subscriptions")
        return try await pages.all()
    }

    /// The organisation's subscriptions, the latest begun first, without their plans.
    ///
    /// - Parameter statuses: active ones only where none is given, as Lago has it.
    package func subscriptions(statuses: [LagoSubscription.Status] = []) -> LagoPages<LagoSubscription> {
        self.pages(at: "/subscriptions", query: Self.query(statuses), as: "subscriptions")
    }

    /// One subscription with its plan.
    ///
    /// - Throws: `LagoError.notFound` with `subscription_not_found`, also for one in another status.
    package func subscription(
        externalID: String,
        status: LagoSubscription.Status = .active
    ) async throws -> LagoSubscription {
        let path = "/subscriptions/\(try Query.segment(externalID))"
        return try await self.object(at: path, query: [("status", status.rawValue)], as: "subscription")
    }

    /// What a subscription used in its current period, with taxes.
    ///
    /// - Throws: `LagoError.conflict` with `no_active_subscription`; `LagoError.notFound` with `resource_not_found` for
    ///   an unknown customer, and for an id that a proxy before Lago makes unroutable (a dot or a slash in it).
    package func currentUsage(
        externalCustomerID: String,
        externalSubscriptionID: String
    ) async throws -> LagoUsage {
        let path = "/customers/\(try Query.segment(externalCustomerID))/current_usage"
        let query = [("external_subscription_id", externalSubscriptionID)]
        do {
            return try await self.object(at: path, query: query, as: "current_usage")
        } catch LagoError.noRoute {
            // The call is older than every Lago in use; this is how it says that there is no such customer.
            throw LagoError.notFound(code: "resource_not_found")
        }
    }

    /// - Throws: `LagoError.notFound` with `plan_not_found`.
    package func plan(code: String) async throws -> LagoPlan {
        try await self.object(at: "/plans/\(try Query.segment(code))", as: "plan")
    }

    /// A lone `status=` is dropped by Lago: it takes a list only.
    private static func query(_ statuses: [LagoSubscription.Status]) -> [Query.Item] {
        statuses.map { ("status[]", $0.rawValue) }
    }

    /// The usage events of all subscriptions that happened within a time, the latest first.
    ///
    /// Lago goes by the time that the sender gave: an event that is sent late stands further back in the list, or before
    /// its beginning.
    ///
    /// - Parameters:
    ///   - from: Unix milliseconds, as `to`; both belong to the range. Lago's times are finer than the milliseconds that
    ///     it shows, and count as later.
    ///   - to: nil for no end.
    package func events(from: Int64, to: Int64? = nil, pageSize: Int = 100) -> LagoPages<LagoUsageEvent> {
        let end = to.map { [("timestamp_to", LagoTime.text(of: $0))] } ?? []
        return self.pages(
            at: "/events",
            query: [("timestamp_from", LagoTime.text(of: from))] + end,
            pageSize: pageSize,
            as: "events"
        )
    }

    // MARK: - Invoices

    /// The invoices that a filter lets through, the latest issued first, without fees, periods and subscriptions.
    package func invoices(_ filter: LagoInvoiceFilter = LagoInvoiceFilter()) -> LagoPages<LagoInvoice> {
        self.pages(at: "/invoices", query: filter.query, as: "invoices")
    }

    /// One invoice with its periods and subscriptions; `id` is Lago's.
    ///
    /// - Throws: `LagoError.notFound` with `invoice_not_found`.
    package func invoice(id: String) async throws -> LagoInvoice {
        try await self.object(at: "/invoices/\(try Query.segment(id))", as: "invoice")
    }

    /// The credit notes that a filter lets through, the latest issued first. They do not tell whose they are.
    package func creditNotes(_ filter: LagoCreditNoteFilter = LagoCreditNoteFilter()) -> LagoPages<LagoCreditNote> {
        self.pages(at: "/credit_notes", query: filter.query, as: "credit_notes")
    }

    /// One credit note; `id` is Lago's.
    ///
    /// - Throws: `LagoError.notFound` with `credit_note_not_found`.
    package func creditNote(id: String) async throws -> LagoCreditNote {
        try await self.object(at: "/credit_notes/\(try Query.segment(id))", as: "credit_note")
    }
}
