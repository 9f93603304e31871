import Foundation
import Hummingbird
import Money

/// `/events` and what they add up to.
struct UsageRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.post("events", use: self.create)
        group.post("events/batch", use: self.createBatch)
        group.get("events", use: self.list)
        group.get("events/:transaction_id", use: self.show)
        group.get("customers/:external_id/current_usage", use: self.currentUsage)
        group.get("customers/:external_id/past_usage", use: self.pastUsage)
    }

    @Sendable
    private func create(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "event")
        return try self.webhooks.change { state throws(LagoFailure) in
            ["event": try state.record(body, at: self.now()).json]
        }
    }

    @Sendable
    private func createBatch(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        guard let bodies = try await request.json()["events"]?.array else {
            throw LagoFailure.missing(root: "events")
        }
        return try self.webhooks.change { state throws(LagoFailure) in
            ["events": .array(try state.recordBatch(bodies, at: self.now()).map(\.json))]
        }
    }

    /// Latest first.
    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        let from = query["timestamp_from"].flatMap(LagoTime.date)
        let to = query["timestamp_to"].flatMap(LagoTime.date)
        return try self.model.withLock { state throws(LagoFailure) in
            let subscription = query["external_subscription_id"]
            let all = subscription.map { state.usage.chronology(of: $0) } ?? state.usage.chronology
            // Both ends belong to the range.
            let end = to.map { $0.addingTimeInterval(0.000_1) }
            let found = all.slice(from: from, to: end) { state.usage.events[$0].timestamp }
            let code = query["code"]
            let page =
                code == nil
                ? try query.page.slice(found.reversed())
                : try query.page.slice(found.reversed().filter { state.usage.events[$0].code == code })
            return ["events": .array(page.items.map { state.usage.events[$0].json }), "meta": page.meta]
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("transaction_id", allowingDots: true)
        return try self.model.withLock { state throws(LagoFailure) in
            guard let event = state.usage.events.last(where: { $0.transactionID == id }) else {
                throw .notFound("event")
            }
            return ["event": event.json]
        }
    }

    @Sendable
    private func currentUsage(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let customer = try context.segment("external_id")
        let query = Query(request)
        return try self.model.withLock { state throws(LagoFailure) in
            let usage = try state.currentUsage(
                of: customer,
                subscription: query["external_subscription_id"],
                at: self.now()
            )
            let narrowed = try usage.narrowed(by: query)
            return ["customer_usage": narrowed.json(withTaxes: query["apply_taxes"] != "false")]
        }
    }

    @Sendable
    private func pastUsage(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let customer = try context.segment("external_id")
        let query = Query(request)
        guard let subscription = query["external_subscription_id"] else {
            throw LagoFailure.validation(["external_subscription_id": ["value_is_mandatory"]])
        }
        return try self.model.withLock { state throws(LagoFailure) in
            var periods = state.pastUsage(of: customer, subscription: subscription)
            if let code = query["billable_metric_code"] {
                guard state.metrics.contains(where: { $0.code == code }) else { throw .notFound("billable_metric") }
                periods = periods.map { $0.keeping { $0.charge.metric.code == code } }
            }
            if let count = query["periods_count"].flatMap({ Int($0) }) {
                periods = Array(periods.prefix(max(0, count)))
            }
            let page = try query.page.slice(periods)
            return ["usage_periods": .array(page.items.map { $0.json(withTaxes: true) }), "meta": page.meta]
        }
    }
}

extension PeriodUsage {
    fileprivate func keeping(_ isWanted: (ChargeUsage) -> Bool) -> PeriodUsage {
        var kept = PeriodUsage(period: self.period, currency: self.currency, charges: self.charges.filter(isWanted))
        kept.invoiceID = self.invoiceID
        return kept
    }

    /// Only the charges that the query asks for, with or without the prefix of later versions.
    ///
    /// - Throws: `LagoFailure` 404 `charge_not_found` when it asks for none of this plan's.
    fileprivate func narrowed(by query: Query) throws(LagoFailure) -> PeriodUsage {
        func wanted(_ name: String) -> String? { query[name] ?? query["filter_by_" + name] }
        let (id, code, metric) = (wanted("charge_id"), wanted("charge_code"), wanted("billable_metric_code"))
        let kept = self.keeping { usage in
            (id == nil || usage.charge.id == id) && (code == nil || usage.charge.metric.code == code)
                && (metric == nil || usage.charge.metric.code == metric)
        }
        guard !kept.charges.isEmpty || (id ?? code ?? metric) == nil else { throw .notFound("charge") }
        return kept
    }
}
