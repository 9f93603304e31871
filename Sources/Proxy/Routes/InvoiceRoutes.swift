private import HTTPTypes
private import LagoAPI
private import LagoEvents
private import Store

/// Invoices: a list, one, its PDF, and a link to pay it.
package struct InvoiceRoutes: Sendable {
    /// How long a request waits for Lago to make a PDF.
    private static let patience = Duration.seconds(8)
    private static let largestFile = 20 << 20
    private static let missing = "invoice_not_found"

    private let reads: LagoReads

    package init(_ reads: LagoReads) { self.reads = reads }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/invoices", for: .customers, respond: self.list),
            APIRoute(.get, "/invoices/{id}", for: .customers, respond: self.show),
            APIRoute(.get, "/invoices/{id}/download", for: .customers, respond: self.download),
            APIRoute(.post, "/invoices/{id}/payment_url", for: .customers, takesBody: false, respond: self.payment),
        ]
    }

    private static let filters: [String: APIQuery.Form] = [
        "page": .page, "per_page": .pageSize,
        "status": .word(["draft", "finalized", "voided", "failed", "pending"]),
        "payment_status": .word(["pending", "succeeded", "failed"]),
        "invoice_type": .word([
            "subscription", "add_on", "credit", "one_off", "advance_charges", "progressive_billing",
        ]),
        "currency": .currency, "issuing_date_from": .date, "issuing_date_to": .date,
        "payment_overdue": .word(["true", "false"]),
    ]

    /// Filters of which Lago takes several at once.
    private static let lists = ["status": "statuses[]", "payment_status": "payment_statuses[]"]

    @Sendable
    private func list(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(Set(Self.filters.keys).union(["external_customer_id"]))
        let named = call.query["external_customer_id"]
        // A server key may list those of all.
        let customer = call.principal.isServer && named == nil ? nil : try call.customer(named)
        if let customer { try await self.reads.checkExists(customer) }
        let filters = try call.query.passed(Self.filters).map { (Self.lists[$0.name] ?? $0.name, $0.value) }
        let query = filters + (customer.map { [("external_customer_id", $0.rawValue)] } ?? [])
        return try await self.reads.answer(["invoices"], query: query, of: customer, as: "invoices")
    }

    @Sendable
    private func show(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        return try await self.reads.answer(
            ["invoices", try call.parameter("id")],
            as: "invoice",
            check: { body in
                let owner = try? JSONReader.read(body)["invoice"]?["customer"]?["external_id"]?.text
                try call.check(owner: owner, missing: Self.missing)
            }
        )
    }

    @Sendable
    private func download(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        let id = try call.parameter("id")
        try await self.checkOwner(of: id, call)
        let file = try await self.reads.client.waitForFile(atMost: Self.patience) {
            try await $0.invoiceFile(id: id, upTo: Self.largestFile)
        }
        switch file {
        case .ready(let name, let bytes):
            return APIAnswer(
                status: .ok,
                headers: [
                    .contentType: "application/pdf", .contentDisposition: "attachment; filename=\"\(name)\"",
                ],
                body: .bytes(bytes)
            )
        case .notYet:
            throw APIFailure(
                .serviceUnavailable,
                code: "document_pending",
                message: "Lago is still making the PDF",
                headers: [.retryAfter: "5"]
            )
        case .never: throw APIFailure.notFound("document_not_found")
        case .tooLarge: throw APIFailure(.badGateway, code: "document_too_large")
        }
    }

    @Sendable
    private func payment(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        let id = try call.parameter("id")
        try await self.checkOwner(of: id, call)
        let body = try await self.reads.client.raw("POST", ["invoices", id, "payment_url"], as: "invoice_payment_url")
        return APIAnswer(json: body)
    }

    /// - Throws: `APIFailure` 404 where the invoice is another customer's.
    private func checkOwner(of id: String, _ call: APICall) async throws {
        guard !call.principal.isServer else { return }
        if let owner = try await self.reads.store.customer(ofInvoice: id) {
            return try call.check(owner: owner.rawValue, missing: Self.missing)
        }
        let invoice = try await self.reads.client.invoice(id: id)
        try call.check(owner: invoice.externalCustomerID, missing: Self.missing)
    }
}
