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
        group.get("customers/:external_id/invoices", use: self.listOfCustomer)
    }

    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        return try self.model.withLock { state throws(LagoFailure) in
            let customer = query["external_customer_id"].map { id in state.customers.first { $0.externalID == id }?.id }
            return try state.invoices(query, at: self.now()) { customer == nil || $0.customerID == customer ?? nil }
        }
    }

    @Sendable
    private func listOfCustomer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id")
        return try self.model.withLock { state throws(LagoFailure) in
            let customer = try state.customer(externalID: externalID)
            return try state.invoices(Query(request), at: self.now()) { $0.customerID == customer.id }
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            state.answer(state.invoices[try state.invoiceIndex(id: id)], at: self.now())
        }
    }

    @Sendable
    private func update(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        let body = try await request.json(root: "invoice")
        return try self.webhooks.change { state throws(LagoFailure) in
            state.answer(try state.update(invoice: id, body, at: self.now()), at: self.now())
        }
    }
}

extension SandboxState {
    /// The page of those that the query asks for, latest issuing date first.
    fileprivate func invoices(
        _ query: Query,
        at now: Date,
        where isWanted: (SandboxInvoice) -> Bool
    ) throws(LagoFailure) -> JSONValue {
        let statuses = query.list("statuses") + (query["status"].map { [$0] } ?? [])
        let payments = query.list("payment_statuses") + (query["payment_status"].map { [$0] } ?? [])
        let from = query["issuing_date_from"].flatMap(LagoTime.date).map(LagoTime.day)
        let to = query["issuing_date_to"].flatMap(LagoTime.date).map(LagoTime.day)
        let isOverdue = query["payment_overdue"].map { $0 == "true" }
        let found = self.invoices.enumerated()
            .filter { _, invoice in
                let day = LagoTime.day(invoice.createdAt)
                return isWanted(invoice) && (statuses.isEmpty || statuses.contains("finalized"))
                    && (payments.isEmpty || payments.contains(invoice.paymentStatus.rawValue))
                    && from.map { day >= $0 } ?? true && to.map { day <= $0 } ?? true
                    && query["invoice_type"].map { invoice.kind.rawValue == $0 } ?? true
                    && query["currency"].map { invoice.currency.code == $0 } ?? true
                    && isOverdue.map { invoice.isOverdue(at: now) == $0 } ?? true
            }
            .sorted { ($0.element.createdAt, $0.offset) > ($1.element.createdAt, $1.offset) }
        let page = try query.page.slice(found)
        let objects = page.items.compactMap { self.listed($0.element, at: now) }
        return ["invoices": .array(objects), "meta": page.meta]
    }

    /// The invoice as lists show it: without its fees.
    private func listed(_ invoice: SandboxInvoice, at now: Date) -> JSONValue? {
        guard let customer = self.customer(id: invoice.customerID) else { return nil }
        var json = invoice.json(customer: customer, of: self.organization, at: now)
        var embedded = customer.json(of: self.organization)
        embedded["integration_customers"] = []
        json["customer"] = embedded
        json["metadata"] = invoice.metadataJSON
        json["applied_taxes"] = invoice.appliedTaxesJSON
        return json
    }

    fileprivate func answer(_ invoice: SandboxInvoice, at now: Date) -> JSONValue {
        guard let customer = self.customer(id: invoice.customerID), var json = self.listed(invoice, at: now) else {
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
