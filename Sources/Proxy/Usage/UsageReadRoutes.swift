private import HTTPTypes
private import LagoAPI
private import LagoEvents
private import Money

/// `GET /api/lago/usage`: what was used in the current period; `GET /api/lago/usage/report`: by billing period and metric,
/// out of Lago's billed periods and the current one.
package struct UsageReadRoutes: Sendable {
    private let reads: LagoReads
    private let finder: SubscriptionFinder
    private let now: @Sendable () -> Int64

    /// - Parameter now: Unix milliseconds.
    package init(reads: LagoReads, finder: SubscriptionFinder, now: @escaping @Sendable () -> Int64) {
        self.reads = reads
        self.finder = finder
        self.now = now
    }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/usage", for: .customers, respond: self.current),
            APIRoute(.get, "/usage/report", for: .customers, respond: self.report),
        ]
    }

    private var client: LagoClient { self.reads.client }

    @Sendable
    private func current(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["external_subscription_id", "external_customer_id"])
        let place = try await self.finder.place(for: call)
        let (customer, subscription) = (place.customer.rawValue, place.subscription)
        return try await self.reads.answer(under: [["current_usage", customer, subscription]], of: place.customer) {
            APIAnswer(
                json: try await self.client.currentUsageAnswer(
                    externalCustomerID: customer,
                    externalSubscriptionID: subscription
                )
            )
        }
    }

    @Sendable
    private func report(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["external_customer_id", "external_subscription_id", "from", "to", "format"])
        let format = call.query["format"] ?? "json"
        guard ["json", "csv"].contains(format) else { throw APIFailure.invalid("format", "value_is_invalid") }
        let range = try UsageReport.Range(from: call.query["from"], to: call.query["to"], now: self.now())
        let isTable = format == "csv"
        let kind = isTable ? Self.table : APIAnswer(json: []).headers
        let customer = try call.customerIfAny()
        // What was kept for one who asks is for no other.
        let name = ["usage_report", call.principal.isServer ? "" : call.principal.id, customer?.rawValue ?? ""]
        let query = call.query.items.map { [$0.name, $0.value] }
        return try await self.reads.answer(under: [name] + query, of: customer, as: kind) {
            let report = try await self.report(for: call, range)
            let body = isTable ? Array(report.csv.utf8) : report.json.bytes
            return APIAnswer(status: .ok, headers: kind, body: .bytes(body))
        }
    }

    private static let table: HTTPFields = [
        .contentType: "text/csv; charset=utf-8; header=present",
        .contentDisposition: "attachment; filename=\"usage.csv\"",
    ]

    private func report(for call: APICall, _ range: UsageReport.Range) async throws -> UsageReport {
        let (customer, subscriptions) = try await self.subscriptions(for: call)
        var rows: [UsageReport.Row] = []
        for (id, isActive) in subscriptions.sorted(by: { $0.key < $1.key }) {
            rows += try await self.billed(id, of: customer, range)
            if isActive { rows += try await self.current(id, of: customer, range) }
        }
        return UsageReport(customer: customer, range: range, rows: rows)
    }

    /// Whose subscriptions, and which of them are active, by the operator's ids: one that has ended was used, too.
    private func subscriptions(for call: APICall) async throws -> (customer: String, [String: Bool]) {
        guard let id = call.query["external_subscription_id"] else {
            let customer = try call.customer(call.query["external_customer_id"]).rawValue
            let all = try await self.client.subscriptions(
                externalCustomerID: customer,
                statuses: [.active, .terminated]
            )
            // Lago lists none for a customer that it does not know.
            if all.isEmpty { _ = try await self.client.customer(externalID: customer) }
            return (customer, Dictionary(all.map { ($0.externalID, $0.isActive) }) { $0 || $1 })
        }
        let named = try call.customerIfAny()
        if let place = try await self.finder.subscription(id) {
            guard named == nil || named == place.customer else { throw APIFailure.notFound("subscription_not_found") }
            return (place.customer.rawValue, [id: true])
        }
        do {
            let ended = try await self.client.subscription(externalID: id, status: .terminated)
            guard named == nil || named == CustomerID(rawValue: ended.externalCustomerID) else {
                throw APIFailure.notFound("subscription_not_found")
            }
            return (ended.externalCustomerID, [id: false])
        } catch LagoError.notFound {
            throw APIFailure.notFound("subscription_not_found")
        }
    }

    private func billed(
        _ subscription: String,
        of customer: String,
        _ range: UsageReport.Range
    ) async throws -> [UsageReport.Row] {
        let pages = try self.client.pastUsage(externalCustomerID: customer, externalSubscriptionID: subscription)
        var rows: [UsageReport.Row] = []
        for try await batch in pages {
            for period in batch { rows += Self.rows(period.usage, of: subscription, range, isCurrent: false) }
        }
        return rows
    }

    private func current(
        _ subscription: String,
        of customer: String,
        _ range: UsageReport.Range
    ) async throws -> [UsageReport.Row] {
        // The period runs.
        guard range.to >= self.now() - Self.longestPeriod else { return [] }
        do {
            let usage = try await self.client.currentUsage(
                externalCustomerID: customer,
                externalSubscriptionID: subscription
            )
            return Self.rows(usage, of: subscription, range, isCurrent: true)
        } catch LagoError.conflict {
            return []  // it has just ended
        }
    }

    /// Milliseconds: Lago bills yearly at the least.
    private static let longestPeriod: Int64 = 367 * 86_400_000

    private static func rows(
        _ usage: LagoUsage,
        of subscription: String,
        _ range: UsageReport.Range,
        isCurrent: Bool
    ) -> [UsageReport.Row] {
        guard range.touches(from: usage.from, to: usage.to) else { return [] }
        return usage.charges.map { charge in
            UsageReport.Row(
                subscription: subscription,
                from: usage.from,
                to: usage.to,
                charge: charge,
                currency: usage.currency.code,
                isCurrent: isCurrent
            )
        }
    }
}
