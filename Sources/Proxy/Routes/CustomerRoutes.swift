private import HTTPTypes
private import LagoAPI
package import LagoEvents
private import Store

/// `POST /api/lago/customers`, `GET /api/lago/customers?external_id=`.
package struct CustomerRoutes: Sendable {
    private let reads: LagoReads

    package init(_ reads: LagoReads) { self.reads = reads }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/customers", for: .customers, respond: self.show),
            APIRoute(.post, "/customers", for: .servers, respond: self.save),
        ]
    }

    /// What Lago takes for a customer.
    static let fields: Set<String> = [
        "external_id", "name", "firstname", "lastname", "customer_type", "email", "country", "address_line1",
        "address_line2", "city", "state", "zipcode", "phone", "url", "logo_url", "legal_name", "legal_number",
        "tax_identification_number", "currency", "timezone", "net_payment_term", "finalize_zero_amount_invoice",
        "shipping_address", "billing_configuration", "metadata", "tax_codes", "integration_customers",
        "invoice_custom_section_codes", "skip_invoice_custom_sections", "billing_entity_code",
    ]

    @Sendable
    private func show(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["external_id"])
        let customer = try call.customer(call.query["external_id"], field: "external_id")
        return try await self.reads.customer(customer)
    }

    @Sendable
    private func save(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        var fields = try APIFields(call.body, root: "customer", known: Self.fields)
        _ = fields.mandatoryText("external_id")
        try fields.check()
        let body = try await self.reads.client.raw(
            "POST",
            ["customers"],
            json: JSONText.object([("customer", fields.json)]).bytes,
            as: "save_customer"
        )
        return APIAnswer(json: body)
    }
}

extension LagoReads {
    /// `{"customer":…}` of one customer.
    package func customer(_ customer: CustomerID) async throws -> APIAnswer {
        let id = customer.rawValue
        // Lago's path takes no dots and no slashes; its list does, and finds more than the one.
        guard id.contains(where: { "./\\".contains($0) }) else {
            return try await self.answer(["customers", id], of: customer, as: "customer")
        }
        let found = try await self.client.customer(externalID: id)
        return APIAnswer(.object([("customer", .raw(found.json))]))
    }

    /// - Throws: `APIFailure` 404 for a customer that Lago does not know; `LagoError`.
    package func checkExists(_ customer: CustomerID) async throws {
        if try await self.store.hasMirror(of: customer) { return }
        _ = try await self.client.customer(externalID: customer.rawValue)
    }
}
