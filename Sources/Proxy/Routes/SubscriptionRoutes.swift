private import HTTPTypes
private import LagoAPI
private import LagoEvents
private import Store

/// Subscriptions and plans. Customers read their own subscriptions; what changes one is for server keys.
package struct SubscriptionRoutes: Sendable {
    private static let missing = "subscription_not_found"

    private let reads: LagoReads

    package init(_ reads: LagoReads) { self.reads = reads }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/subscriptions", for: .customers, respond: self.list),
            APIRoute(.post, "/subscriptions", for: .servers, respond: self.create),
            APIRoute(.get, "/subscriptions/{external_id}", for: .customers, respond: self.show),
            APIRoute(.put, "/subscriptions/{external_id}", for: .servers, respond: self.update),
            APIRoute(.delete, "/subscriptions/{external_id}", for: .servers, respond: self.end),
            APIRoute(.get, "/plans", for: .servers, respond: self.plans),
            APIRoute(.get, "/plans/{code}", for: .servers, respond: self.plan),
        ]
    }

    private static let pages: [String: APIQuery.Form] = ["page": .page, "per_page": .pageSize]
    private static let statuses: Set<String> = ["active", "pending", "terminated", "canceled"]
    private static let status: [String: APIQuery.Form] = ["status": .word(statuses)]

    private static let created: Set<String> = [
        "external_customer_id", "plan_code", "external_id", "name", "billing_time", "subscription_at", "ending_at",
        "plan_overrides", "billing_entity_code", "payment_method", "invoice_custom_section",
        "progressive_billing_disabled", "activation_rules", "purchase_order_number",
    ]
    private static let updated: Set<String> = [
        "name", "ending_at", "subscription_at", "plan_overrides", "on_termination_credit_note",
        "on_termination_invoice", "payment_method", "invoice_custom_section", "progressive_billing_disabled",
        "usage_thresholds", "purchase_order_number",
    ]

    @Sendable
    private func list(_ call: APICall) async throws -> APIAnswer {
        let names: Set = ["external_customer_id", "status", "status[]", "plan_code"]
        try call.query.allow(names.union(Self.pages.keys))
        let named = call.query["external_customer_id"]
        let customer = call.principal.isServer && named == nil ? nil : try call.customer(named)
        // Lago answers for an unknown customer with an empty list.
        if let customer { try await self.reads.checkExists(customer) }
        let statuses = (call.query.all("status") + call.query.all("status[]")).filter { !$0.isEmpty }
        guard Self.statuses.isSuperset(of: statuses) else { throw APIFailure.invalid("status", "value_is_invalid") }
        var query = try call.query.passed(Self.pages)
        if let customer { query.append(("external_customer_id", customer.rawValue)) }
        if let plan = call.query["plan_code"] { query.append(("plan_code", plan)) }
        // A lone `status=` is dropped by Lago: it takes a list only.
        query += statuses.map { ("status[]", $0) }
        return try await self.reads.answer(["subscriptions"], query: query, of: customer, as: "subscriptions")
    }

    @Sendable
    private func show(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["status"])
        return try await self.reads.answer(
            ["subscriptions", try call.parameter("external_id")],
            query: try call.query.passed(Self.status),
            as: "subscription",
            check: { body in
                let owner = try? JSONReader.read(body)["subscription"]?["external_customer_id"]?.text
                try call.check(owner: owner, missing: Self.missing)
            }
        )
    }

    @Sendable
    private func create(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        var fields = try APIFields(call.body, root: "subscription", known: Self.created)
        let customer = fields.mandatoryText("external_customer_id")
        _ = fields.mandatoryText("plan_code")
        _ = fields.mandatoryText("external_id")
        try fields.check()
        // Lago would make a customer of a typing error.
        if let customer { _ = try await self.reads.client.customer(externalID: customer) }
        return try await self.change("POST", ["subscriptions"], fields: fields, as: "create_subscription")
    }

    @Sendable
    private func update(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["status"])
        let fields = try APIFields(call.body, root: "subscription", known: Self.updated)
        let query = try call.query.passed(Self.status)
        let path = ["subscriptions", try call.parameter("external_id")]
        return try await self.change("PUT", path, query: query, fields: fields, as: "update_subscription")
    }

    @Sendable
    private func end(_ call: APICall) async throws -> APIAnswer {
        let forms: [String: APIQuery.Form] = [
            "status": .word(Self.statuses),
            "on_termination_credit_note": .word(["credit", "refund", "skip", "offset"]),
            "on_termination_invoice": .word(["generate", "skip"]),
        ]
        try call.query.allow(Set(forms.keys))
        let path = ["subscriptions", try call.parameter("external_id")]
        return try await self.change("DELETE", path, query: try call.query.passed(forms), as: "end_subscription")
    }

    private func change(
        _ method: String,
        _ path: [String],
        query: [LagoClient.QueryItem] = [],
        fields: APIFields? = nil,
        as operation: String
    ) async throws -> APIAnswer {
        let body = try await self.reads.client.raw(
            method,
            path,
            query: query,
            json: fields.map { JSONText.object([("subscription", $0.json)]).bytes },
            as: operation
        )
        return APIAnswer(json: body)
    }

    @Sendable
    private func plans(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(Set(Self.pages.keys))
        return try await self.reads.answer(["plans"], query: try call.query.passed(Self.pages), as: "plans")
    }

    @Sendable
    private func plan(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow([])
        return try await self.reads.answer(["plans", try call.parameter("code")], as: "plan")
    }
}
