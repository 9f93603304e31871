import Foundation
import Money

extension SandboxState {
    private typealias Line = (subscription: Subscription, period: DateInterval)

    /// Does what the clock calls for: starts and ends subscriptions, bills the periods that ended long enough ago, and
    /// finds out whose payment is overdue.
    mutating func catchUp(at now: Date) {
        self.runJobs(at: now)
        self.markOverdue(at: now)
        if let quietUntil, now < quietUntil { return }
        self.moveSubscriptions(at: now)
        while let end = self.nextPeriodEnd, end.addingTimeInterval(self.billing.calendar.delay) <= now {
            self.bill(periodsEndingAt: end, at: end.addingTimeInterval(self.billing.calendar.delay))
        }
        self.markOverdue(at: now)
        self.quietUntil = self.nextChange
    }

    /// The first end of a period that is not billed yet; nil without an active subscription.
    var nextPeriodEnd: Date? {
        let earliest = self.subscriptions.lazy.filter { $0.status == .active }.map(\.billedUntil).min()
        return earliest.map { self.billing.calendar.period(containing: $0).end }
    }

    /// When the clock next calls for something about the subscriptions.
    private var nextChange: Date {
        let moves = self.subscriptions.lazy.compactMap { subscription in
            switch subscription.status {
            case .pending: subscription.subscriptionAt
            case .active: subscription.endingAt
            default: nil
            }
        }
        let due = self.nextPeriodEnd?.addingTimeInterval(self.billing.calendar.delay)
        return Swift.min(moves.min() ?? .distantFuture, due ?? .distantFuture)
    }

    private func unbilledPeriod(of subscription: Subscription) -> DateInterval {
        let period = self.billing.calendar.period(containing: subscription.billedUntil)
        return DateInterval(start: subscription.billedUntil, end: period.end)
    }

    /// One invoice for each customer and currency.
    private mutating func bill(periodsEndingAt end: Date, at now: Date) {
        let due = self.subscriptions.indices.filter {
            self.subscriptions[$0].status == .active && self.unbilledPeriod(of: self.subscriptions[$0]).end == end
        }
        var groups: [[Line]] = []
        var places: [[String]: Int] = [:]
        for index in due {
            let subscription = self.subscriptions[index]
            let line: Line = (subscription, self.unbilledPeriod(of: subscription))
            self.subscriptions[index].billedUntil = end
            let place = places[[subscription.customerID, subscription.plan.currency.code], default: groups.count]
            places[[subscription.customerID, subscription.plan.currency.code]] = place
            if place < groups.count { groups[place].append(line) } else { groups.append([line]) }
        }
        for lines in groups { self.invoice(lines, reason: "subscription_periodic", at: now) }
    }

    /// Bills what a subscription that ends has not been billed for: complete periods that wait, then the last one.
    mutating func billLast(of index: Int, at now: Date) {
        while true {
            let subscription = self.subscriptions[index]
            let period = self.unbilledPeriod(of: subscription)
            let isLast = period.end > now
            let end = isLast ? max(now, period.start) : period.end
            self.subscriptions[index].billedUntil = end
            // The last moment's events belong to it.
            let line: Line = (subscription, DateInterval(start: period.start, end: isLast ? end + 0.001 : end))
            self.invoice([line], reason: isLast ? "subscription_terminating" : "subscription_periodic", at: now)
            if isLast { return }
        }
    }

    private mutating func invoice(_ lines: [Line], reason: String, at now: Date) {
        guard let first = lines.first, let customer = self.customer(id: first.subscription.customerID) else { return }
        var fees: [Fee] = []
        for (subscription, period) in lines {
            let plan = subscription.plan
            let rate = plan.taxRate ?? self.billing.taxRate
            if plan.amountCents > 0 {
                fees.append(
                    Fee(.subscription(plan), subscription: subscription, period: period, taxRate: rate, at: now)
                )
            }
            for usage in self.usage(of: subscription, in: period).charges where !usage.charge.isPaidInAdvance {
                fees.append(Fee(.charge(usage), subscription: subscription, period: period, taxRate: rate, at: now))
            }
        }
        var invoice = self.draft(.subscription, of: customer, fees: fees, in: first.subscription.plan.currency, at: now)
        invoice.lines = lines
        invoice.reason = reason
        self.finalize(&invoice, at: now)
    }

    /// Bills one event of a charge that is paid in advance.
    mutating func billInAdvance(_ event: UsageEvent, charge: Charge, subscription: Subscription, at now: Date) {
        guard let customer = self.customer(id: subscription.customerID),
            let units = charge.metric.units(of: event), units > .zero
        else { return }
        let period = self.currentPeriod(of: subscription, at: now)
        let usage = ChargeUsage(
            charge: charge,
            currency: subscription.plan.currency,
            units: units,
            eventsCount: 1,
            taxRate: subscription.plan.taxRate ?? self.billing.taxRate
        )
        var fee = Fee(.charge(usage), subscription: subscription, period: period, taxRate: usage.taxRate, at: now)
        fee.eventTransactionID = event.transactionID
        var invoice = self.draft(.subscription, of: customer, fees: [fee], in: usage.currency, at: now)
        invoice.lines = [(subscription, period)]
        invoice.reason = "in_advance_charge"
        let object = fee.json(customer: customer, currency: usage.currency, invoice: invoice)
        self.news.append(News(type: .feeCreated, object: object))
        self.finalize(&invoice, at: now)
    }

    /// A new invoice under the customer's next number.
    func draft(
        _ kind: SandboxInvoice.Kind,
        of customer: Customer,
        fees: [Fee],
        in currency: Currency,
        at now: Date
    ) -> SandboxInvoice {
        let sequentialID = 1 + self.invoices.positions(in: customer.id).count
        let digits = String(sequentialID)
        let padding = String(repeating: "0", count: max(0, 3 - digits.count))
        return SandboxInvoice(
            id: LagoID.new(),
            customerID: customer.id,
            kind: kind,
            currency: currency,
            sequentialID: sequentialID,
            number: customer.slug(of: self.organization) + "-" + padding + digits,
            fees: fees,
            createdAt: now,
            updatedAt: now,
            paymentTerm: customer.netPaymentTerm ?? 0
        )
    }
}
