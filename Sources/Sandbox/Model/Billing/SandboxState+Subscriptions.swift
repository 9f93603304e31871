import Foundation
import Money

extension SandboxState {
    /// Applies the `subscription` object of a request: a new subscription, or another plan for an active one.
    ///
    /// - Throws: `LagoFailure` 404 `plan_not_found`, 422 with what is wrong; nothing has changed then.
    mutating func subscribe(_ body: JSONValue, at now: Date) throws(LagoFailure) -> Subscription {
        guard let customerID = body["external_customer_id"]?.string, !customerID.isEmpty else {
            throw .validation(["external_customer_id": ["value_is_mandatory"]])
        }
        guard let plan = self.plans.first(where: { $0.code == body["plan_code"]?.string }) else {
            throw .notFound("plan")
        }
        var details: [String: [String]] = [:]
        let startsAt = Self.date(body["subscription_at"], else: now)
        if startsAt == nil { details["subscription_at"] = ["invalid_date"] }
        let endsAt = body["ending_at"]?.string.flatMap(LagoTime.date)
        if body["ending_at"]?.string != nil, endsAt.map({ $0 <= now }) ?? true {
            details["ending_at"] = ["invalid_date"]
        }
        let billingTime = body["billing_time"]?.string ?? "calendar"
        if !["calendar", "anniversary"].contains(billingTime) { details["billing_time"] = ["value_is_invalid"] }
        let known = self.knownCustomer(customerID)
        if let known, !self.allows(plan.currency, for: known) { details["currency"] = ["currencies_does_not_match"] }
        let externalID = body["external_id"]?.string ?? customerID
        let current = self.subscription(externalID, .active)
        if let current, self.subscriptions[current].customerID != known?.id {
            details["external_id"] = ["value_already_exist"]
        }
        guard details.isEmpty, let startsAt else { throw .validation(details) }
        let customer: Customer
        if let known {
            customer = known
        } else {
            customer = try self.upsertCustomer(["external_id": .string(customerID)], at: now).customer
        }
        if let current, self.subscriptions[current].plan.code == plan.code { return self.subscriptions[current] }
        self.settle(plan.currency, for: customer)
        var subscription = Subscription(
            externalID: externalID,
            customerID: customer.id,
            plan: plan,
            name: body["name"]?.string,
            billingTime: billingTime,
            startsAt: startsAt,
            createdAt: now
        )
        subscription.endingAt = endsAt
        subscription.status = startsAt > now ? .pending : .active
        if let current {
            subscription.previousPlanCode = self.subscriptions[current].plan.code
            self.end(subscription: current, at: now)
        }
        self.subscriptions.append(subscription)
        if subscription.status == .active { self.start(subscription: self.subscriptions.count - 1, at: startsAt) }
        return self.subscriptions[self.subscriptions.count - 1]
    }

    /// Changes the name of the subscription of that status, or when it ends.
    ///
    /// - Throws: `LagoFailure` 404 `subscription_not_found`; 422 for an end that is not to come.
    mutating func update(
        _ externalID: String,
        status: Subscription.Status,
        with body: JSONValue,
        at now: Date
    ) throws(LagoFailure) -> Subscription {
        guard let index = self.subscription(externalID, status) else { throw .notFound("subscription") }
        if let end = body["ending_at"] {
            let date = end.string.flatMap(LagoTime.date)
            guard end == .null || date.map({ $0 > now }) ?? false else {
                throw .validation(["ending_at": ["invalid_date"]])
            }
            self.subscriptions[index].endingAt = date
        }
        if let name = body["name"] { self.subscriptions[index].name = name.string }
        self.tell(.subscriptionUpdated, subscription: self.subscriptions[index], at: now)
        return self.subscriptions[index]
    }

    /// Ends the subscription of that status, which bills it; a pending one is canceled.
    ///
    /// - Throws: `LagoFailure` 404 `subscription_not_found`.
    mutating func endSubscription(
        externalID: String,
        status: Subscription.Status = .active,
        at now: Date
    ) throws(LagoFailure) -> Subscription {
        let index = self.subscription(externalID, status)
        guard let index, status == .active || status == .pending else { throw .notFound("subscription") }
        self.end(subscription: index, at: now)
        return self.subscriptions[index]
    }

    private func subscription(_ externalID: String, _ status: Subscription.Status) -> Int? {
        self.subscriptions.positions(labelled: externalID).first { self.subscriptions[$0].status == status }
    }

    /// Starts what was to start by now, and ends what was to end.
    mutating func moveSubscriptions(at now: Date) {
        for index in self.subscriptions.indices {
            let subscription = self.subscriptions[index]
            if subscription.status == .pending, subscription.subscriptionAt <= now {
                self.start(subscription: index, at: subscription.subscriptionAt)
            }
            if self.subscriptions[index].status == .active, let end = subscription.endingAt, end <= now {
                self.end(subscription: index, at: end)
            }
        }
    }

    private mutating func start(subscription index: Int, at now: Date) {
        self.subscriptions[index].status = .active
        self.subscriptions[index].startedAt = now
        self.subscriptions[index].billedUntil = now
        self.tell(.subscriptionStarted, subscription: self.subscriptions[index], at: now)
    }

    private mutating func end(subscription index: Int, at now: Date) {
        let wasActive = self.subscriptions[index].status == .active
        self.subscriptions[index].status = wasActive ? .terminated : .canceled
        self.subscriptions[index].endedAt = now
        self.tell(.subscriptionTerminated, subscription: self.subscriptions[index], at: now)
        if wasActive { self.billLast(of: index, at: now) }
    }

    private static func date(_ value: JSONValue?, else fallback: Date) -> Date? {
        guard let value, value != .null else { return fallback }
        return value.string.flatMap(LagoTime.date)
    }

    // MARK: - Catalogue

    /// Adds a metric; one that exists stays as it is.
    mutating func addMetric(code: String, name: String? = nil, fieldName: String?, id: String? = nil, at now: Date)
        -> BillableMetric
    {
        if let known = self.metrics.first(where: { $0.code == code }) { return known }
        let metric = BillableMetric(
            id: id ?? LagoID.stable("metric " + code),
            name: name ?? code,
            code: code,
            fieldName: fieldName,
            createdAt: now
        )
        self.metrics.append(metric)
        return metric
    }
}
