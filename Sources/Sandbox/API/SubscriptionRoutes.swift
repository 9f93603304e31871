import Foundation
import Hummingbird
import Money

/// `/subscriptions`, and the catalogue of what can be subscribed to: `/plans`, `/billable_metrics`.
struct SubscriptionRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("subscriptions", use: self.list)
        group.post("subscriptions", use: self.create)
        group.get("subscriptions/:external_id", use: self.show)
        group.put("subscriptions/:external_id", use: self.update)
        group.delete("subscriptions/:external_id", use: self.terminate)
        group.get("customers/:external_id/subscriptions", use: self.listOfCustomer)
        group.get("plans", use: self.plans)
        group.get("plans/:code", use: self.plan)
        group.get("billable_metrics", use: self.metrics)
        group.get("billable_metrics/:code", use: self.metric)
    }

    /// An unknown customer has no subscriptions here.
    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        return try self.model.withLock { state throws(LagoFailure) in
            try state.subscriptions(query, of: query["external_customer_id"], at: self.now())
        }
    }

    @Sendable
    private func listOfCustomer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id")
        return try self.model.withLock { state throws(LagoFailure) in
            _ = try state.customer(externalID: externalID)
            return try state.subscriptions(Query(request), of: externalID, at: self.now())
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id", allowingDots: true)
        let status = Query(request)["status"].flatMap(Subscription.Status.init(rawValue:)) ?? .active
        return try self.model.withLock { state throws(LagoFailure) in
            let found = state.subscriptions.positions(labelled: externalID).map { state.subscriptions[$0] }
                .last { $0.status == status }
            guard let found else { throw .notFound("subscription") }
            return state.answer(found, at: self.now())
        }
    }

    @Sendable
    private func create(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "subscription")
        return try self.webhooks.change { state throws(LagoFailure) in
            let subscription = try state.subscribe(body, at: self.now())
            return state.answer(subscription, at: self.now())
        }
    }

    @Sendable
    private func update(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id", allowingDots: true)
        let status = Query(request)["status"].flatMap(Subscription.Status.init(rawValue:)) ?? .active
        let body = try await request.json(root: "subscription")
        return try self.webhooks.change { state throws(LagoFailure) in
            let changed = try state.update(externalID, status: status, with: body, at: self.now())
            return state.answer(changed, at: self.now())
        }
    }

    @Sendable
    private func terminate(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id", allowingDots: true)
        let status = Query(request)["status"].flatMap(Subscription.Status.init(rawValue:)) ?? .active
        return try self.webhooks.change { state throws(LagoFailure) in
            let ended = try state.endSubscription(externalID: externalID, status: status, at: self.now())
            return state.answer(ended, at: self.now())
        }
    }

    @Sendable
    private func plans(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        try self.model.withLock { state throws(LagoFailure) in
            let page = try Query(request).page.slice(state.plans.reversed())
            return ["plans": .array(page.items.map(\.restJSON)), "meta": page.meta]
        }
    }

    @Sendable
    private func plan(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let code = try context.segment("code")
        return try self.model.withLock { state throws(LagoFailure) in
            guard let plan = state.plans.first(where: { $0.code == code }) else { throw .notFound("plan") }
            return ["plan": plan.restJSON]
        }
    }

    @Sendable
    private func metrics(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        try self.model.withLock { state throws(LagoFailure) in
            let page = try Query(request).page.slice(state.metrics.reversed())
            return ["billable_metrics": .array(page.items.map(\.json)), "meta": page.meta]
        }
    }

    @Sendable
    private func metric(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let code = try context.segment("code")
        return try self.model.withLock { state throws(LagoFailure) in
            guard let metric = state.metrics.first(where: { $0.code == code }) else {
                throw .notFound("billable_metric")
            }
            return ["billable_metric": metric.json]
        }
    }
}

extension SandboxState {
    /// The page of those that the query asks for: active ones, unless `status[]` names others. A plain `status` counts
    /// for nothing.
    fileprivate mutating func subscriptions(
        _ query: Query,
        of customer: String?,
        at now: Date
    ) throws(LagoFailure) -> JSONValue {
        let key = "\(query.filters) \(customer ?? "")"
        let found = self.subscriptionLists[key] ?? self.subscriptionPositions(query, of: customer)
        self.subscriptionLists[key] = found
        let page = try query.page.slice(found.reversed())
        let period = self.billing.calendar.period(containing: now)
        let objects = page.items.compactMap { position in
            let subscription = self.subscriptions[position]
            return self.customer(id: subscription.customerID).map { subscription.json(customer: $0, period: period) }
        }
        return ["subscriptions": .array(objects), "meta": page.meta]
    }

    /// Where those are that the query asks for, the latest to start last.
    private func subscriptionPositions(_ query: Query, of customer: String?) -> [Int] {
        let named = query.list("status").compactMap(Subscription.Status.init(rawValue:))
        let statuses = Set(named.isEmpty ? [.active] : named)
        let (plan, externalID, currency) = (query["plan_code"], query["external_id"], query["currency"])
        let candidates = customer.map { id in
            let own = self.knownCustomer(id).map { self.subscriptions.positions(in: $0.id) } ?? []
            return own.sorted { (self.subscriptions[$0].moment, $0) < (self.subscriptions[$1].moment, $1) }
        }
        return (candidates ?? self.subscriptions.chronology).filter { position in
            let subscription = self.subscriptions[position]
            return statuses.contains(subscription.status) && (plan == nil || subscription.plan.code == plan)
                && (externalID == nil || subscription.externalID == externalID)
                && (currency == nil || subscription.plan.currency.code == currency)
        }
    }

    fileprivate func answer(_ subscription: Subscription, at now: Date) -> JSONValue {
        guard let customer = self.customer(id: subscription.customerID) else { return ["subscription": nil] }
        let period = self.billing.calendar.period(containing: now)
        return ["subscription": subscription.restJSON(customer: customer, period: period)]
    }
}
