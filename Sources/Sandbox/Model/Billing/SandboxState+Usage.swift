import Foundation
import Money

extension SandboxState {
    /// What a subscription used in a period, charge by charge.
    func usage(of subscription: Subscription, in period: DateInterval) -> PeriodUsage {
        let events = Dictionary(grouping: self.usage.events(of: subscription, in: period), by: \.code)
        let plan = subscription.plan
        let charges = plan.charges.map { charge in
            let units = (events[charge.metric.code] ?? []).compactMap { $0.units ?? charge.metric.units(of: $0) }
            return ChargeUsage(
                charge: charge,
                currency: plan.currency,
                units: units.reduce(.zero, +),
                eventsCount: units.count,
                taxRate: plan.taxRate ?? self.billing.taxRate
            )
        }
        return PeriodUsage(period: period, currency: plan.currency, charges: charges)
    }

    /// The part of the current period that the subscription has been active in.
    func currentPeriod(of subscription: Subscription, at now: Date) -> DateInterval {
        let period = self.billing.calendar.period(containing: now)
        let start = min(max(period.start, subscription.startedAt ?? period.start), period.end)
        return DateInterval(start: start, end: period.end)
    }

    /// What the subscription of a customer used in the current period.
    ///
    /// - Throws: `LagoFailure` 404 `resource_not_found` for an unknown customer, 405 without an active subscription.
    func currentUsage(of externalID: String, subscription: String?, at now: Date) throws(LagoFailure) -> PeriodUsage {
        guard let customer = self.knownCustomer(externalID) else { throw .notFound("resource") }
        let found = self.subscriptions.rows(in: customer.id).first {
            $0.externalID == subscription && $0.status == .active
        }
        guard let found else { throw .notAllowed("no_active_subscription") }
        return self.usage(of: found, in: self.currentPeriod(of: found, at: now))
    }

    /// The billed periods of a subscription, newest first; empty for an unknown customer.
    func pastUsage(of externalID: String, subscription: String) -> [PeriodUsage] {
        guard let customer = self.knownCustomer(externalID) else { return [] }
        return self.invoices.rows(in: customer.id).reversed().filter { $0.reason != "in_advance_charge" }
            .flatMap { invoice in
                invoice.lines.filter { $0.subscription.externalID == subscription }.map { line in
                    var usage = self.usage(of: line.subscription, in: line.period)
                    usage.invoiceID = invoice.id
                    return usage
                }
            }
    }

    /// Keeps one event.
    ///
    /// - Throws: `LagoFailure` 422 for what is missing, out of shape, or known already.
    mutating func record(_ body: JSONValue, at now: Date) throws(LagoFailure) -> UsageEvent {
        let event = try UsageEvent(body, at: now)
        guard !self.usage.contains(event.key) else {
            throw .validation(["transaction_id": ["value_already_exist"]])
        }
        self.keep(event, at: now)
        return event
    }

    /// Keeps all events or none.
    ///
    /// - Throws: `LagoFailure` 422, by the index of the events that were refused.
    mutating func recordBatch(_ bodies: [JSONValue], at now: Date) throws(LagoFailure) -> [UsageEvent] {
        guard !bodies.isEmpty else { throw .validation(["events": ["no_events"]]) }
        guard bodies.count <= self.usageBatchLimit else { throw .validation(["events": ["too_many_events"]]) }
        var details: JSONValue = [:]
        var events: [UsageEvent] = []
        for (index, body) in bodies.enumerated() {
            do throws(LagoFailure) {
                let event = try UsageEvent(body, at: now)
                // Within a batch, Lago compares the transaction alone.
                let isRepeated = events.contains { $0.transactionID == event.transactionID }
                guard !isRepeated, !self.usage.contains(event.key) else {
                    throw .validation(["transaction_id": ["value_already_exist"]])
                }
                events.append(event)
            } catch {
                details[String(index)] = error.body["error_details"] ?? .null
            }
        }
        guard details == [:] else { throw .validation(json: details) }
        for event in events { self.keep(event, at: now) }
        return events
    }

    /// Adds an event, bills what is paid in advance, and under a licence brings the wallets up to date.
    private mutating func keep(_ received: UsageEvent, at now: Date) {
        var event = received
        event.units = self.metrics.first { $0.code == event.code }?.units(of: event)
        self.usage.append(event)
        let named = event.externalSubscriptionID.map { self.subscriptions.positions(labelled: $0) } ?? []
        let subscription = named.map { self.subscriptions[$0] }.first {
            $0.status == .active && $0.covers(event.timestamp)
        }
        guard let subscription else { return }
        for charge in subscription.plan.charges where charge.isPaidInAdvance && charge.metric.code == event.code {
            self.billInAdvance(event, charge: charge, subscription: subscription, at: now)
        }
        if self.billing.isPremium { self.refreshWallets(of: subscription.customerID, at: now) }
    }
}
