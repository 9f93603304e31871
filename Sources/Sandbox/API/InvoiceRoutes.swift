import Foundation
import Hummingbird
import Money

/// `/invoices`: what was billed, and whether it is paid.
struct InvoiceRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("invoices", use: self.list)
        group.get("invoices/:lago_id", use: self.show)
        group.put("invoices/:lago_id", use: self.update)
        group.post("invoices/:lago_id/void", use: self.void)
        group.post("invoices/:lago_id/retry_payment", use: self.retryPayment)
        group.get("customers/:external_id/invoices", use: self.listOfCustomer)
    }

    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        return try self.model.withLock { state throws(LagoFailure) in
            try state.invoices(query, of: query["external_customer_id"], at: self.now())
        }
    }

    @Sendable
    private func listOfCustomer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id")
        return try self.model.withLock { state throws(LagoFailure) in
            _ = try state.customer(externalID: externalID)
            return try state.invoices(Query(request), of: externalID, at: self.now())
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            state.answer(state.invoices[try state.invoiceIndex(id: id)])
        }
    }

    @Sendable
    private func void(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.webhooks.change { state throws(LagoFailure) in
            state.answer(try state.void(invoice: id, at: self.now()))
        }
    }

    @Sendable
    private func retryPayment(_ request: Request, context: SandboxContext) async throws -> Response {
        let id = try context.segment("lago_id")
        try self.webhooks.change { state throws(LagoFailure) in
            try state.retryPayment(invoice: id, at: self.now())
        }
        return Response(status: .ok)
    }

    @Sendable
    private func update(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        let body = try await request.json(root: "invoice")
        return try self.webhooks.change { state throws(LagoFailure) in
            state.answer(try state.update(invoice: id, body, at: self.now()))
        }
    }
}

/// Which invoices a query asks for.
private struct InvoiceFilter {
    private let statuses: [String]
    private let payments: [String]
    private let kind: String?
    private let currency: String?
    private let isOverdue: Bool?
    private let from: Date?
    /// Before which; the day after the last one.
    private let end: Date?

    init(_ query: Query) {
        self.statuses = query.list("statuses") + (query["status"].map { [$0] } ?? [])
        self.payments = query.list("payment_statuses") + (query["payment_status"].map { [$0] } ?? [])
        self.kind = query["invoice_type"]
        self.currency = query["currency"]
        self.isOverdue = query["payment_overdue"].map { $0 == "true" }
        (self.from, self.end) = query.days("issuing_date")
    }

    /// The part of a chronology that was issued within the days.
    func range(of chronology: [Int], in invoices: Table<SandboxInvoice>) -> ArraySlice<Int> {
        chronology.slice(from: self.from, to: self.end) { invoices[$0].moment }
    }

    func takes(_ invoice: SandboxInvoice) -> Bool {
        (self.statuses.isEmpty || self.statuses.contains(invoice.status))
            && (self.payments.isEmpty || self.payments.contains(invoice.paymentStatus.rawValue))
            && (self.kind == nil || invoice.kind.rawValue == self.kind)
            && (self.currency == nil || invoice.currency.code == self.currency)
            && (self.isOverdue == nil || invoice.isOverdue == self.isOverdue)
    }
}

extension SandboxState {
    /// The page of those that the query asks for, latest issuing date first.
    fileprivate mutating func invoices(
        _ query: Query,
        of customer: String?,
        at now: Date
    ) throws(LagoFailure) -> JSONValue {
        let candidates = customer.map { id in
            let own = self.knownCustomer(id).map { self.invoices.positions(in: $0.id) } ?? []
            return own.sorted { (self.invoices[$0].moment, $0) < (self.invoices[$1].moment, $1) }
        }
        let filter = InvoiceFilter(query)
        let found = filter.range(of: candidates ?? self.invoices.chronology, in: self.invoices)
            .filter { filter.takes(self.invoices[$0]) }
        let total = self.invoiceTotal(found.count, of: query.filters + (customer ?? ""), at: now)
        let page = try query.page.slice(found.reversed(), total: total)
        let objects = page.items.compactMap { self.listed(self.invoices[$0]) }
        return ["invoices": .array(objects), "meta": page.meta]
    }

    /// How many there are, which Lago from 1.45 on counts every half an hour only for each set of filters.
    private mutating func invoiceTotal(_ count: Int, of filters: String, at now: Date) -> Int {
        guard self.billing.cachesInvoiceTotals else { return count }
        if let known = self.invoiceTotals[filters], now < known.until { return known.count }
        self.invoiceTotals[filters] = (count, now.addingTimeInterval(1800))
        return count
    }

    /// The invoice as lists show it: without its fees.
    private func listed(_ invoice: SandboxInvoice) -> JSONValue? {
        guard let customer = self.customer(id: invoice.customerID) else { return nil }
        var json = invoice.json(customer: customer, of: self.organization)
        var embedded = customer.json(of: self.organization)
        embedded["integration_customers"] = []
        json["customer"] = embedded
        json["metadata"] = invoice.metadataJSON
        json["applied_taxes"] = invoice.appliedTaxesJSON
        return json
    }

    fileprivate func answer(_ invoice: SandboxInvoice) -> JSONValue {
        guard let customer = self.customer(id: invoice.customerID), var json = self.listed(invoice) else {
            return ["invoice": nil]
        }
        json["subscriptions"] = invoice.subscriptionsJSON(customer: customer, calendar: self.billing.calendar)
        json["billing_periods"] = invoice.billingPeriodsJSON(calendar: self.billing.calendar)
        json["fees"] = invoice.feesJSON(customer: customer)
        json["credits"] = []
        json["error_details"] = []
        json["applied_invoice_custom_sections"] = []
        return ["invoice": json]
    }
}
