/// A subscription, as far as Sluice reads it, and as it was received.
///
/// - Unit: times are Unix milliseconds.
/// - Source: `subscriptions` of `GET /subscriptions`, `subscription` of `GET /subscriptions/{id}`, the webhooks
///   `subscription.*`, and the `subscriptions` of an invoice.
package struct LagoSubscription: LagoObject, Identifiable {
    package static let member = "subscription"

    /// What a subscription may be: for filters. Lago may answer with further words.
    package enum Status: String, CaseIterable, Sendable {
        case pending, active, terminated, canceled
    }

    /// Lago's own id.
    package let id: String
    package let externalID: String
    package let externalCustomerID: String
    package let name: String?
    package let planCode: String
    /// One of `Status`, or `incomplete`.
    package let status: String
    /// `calendar` or `anniversary`.
    package let billingTime: String?
    /// When it is to start, or was: before `createdAt` for one that was dated back.
    package let subscriptionAt: Int64?
    package let startedAt: Int64?
    /// When it is to end, where that is known.
    package let endingAt: Int64?
    package let trialEndedAt: Int64?
    package let terminatedAt: Int64?
    /// The plan that follows, where one is set.
    package let nextPlanCode: String?
    package let canceledAt: Int64?
    /// nil in old versions, and where no period runs.
    package let currentPeriodFrom: Int64?
    package let currentPeriodTo: Int64?
    package let createdAt: Int64
    /// With one subscription alone, and in webhooks; nil in lists.
    package let plan: LagoPlan?
    /// The level that was reached, in the webhook that tells so; else nil.
    package let usageThreshold: LagoUsageThreshold?
    /// The whole JSON object, byte for byte.
    package let json: [UInt8]

    package var isActive: Bool { self.status == Status.active.rawValue }

    package init(_ fields: LagoFields) throws(LagoError) {
        self.id = try fields.read("lago_id", as: .text)
        self.externalID = try fields.read("external_id", as: .text)
        self.externalCustomerID = try fields.read("external_customer_id", as: .text)
        self.name = try fields.readIfAny("name", as: .text)
        self.planCode = try fields.read("plan_code", as: .text)
        self.status = try fields.read("status", as: .text)
        self.billingTime = try fields.readIfAny("billing_time", as: .text)
        self.subscriptionAt = try fields.readIfAny("subscription_at", as: .time)
        self.startedAt = try fields.readIfAny("started_at", as: .time)
        self.endingAt = try fields.readIfAny("ending_at", as: .time)
        self.trialEndedAt = try fields.readIfAny("trial_ended_at", as: .time)
        self.nextPlanCode = try fields.readIfAny("next_plan_code", as: .text)
        self.terminatedAt = try fields.readIfAny("terminated_at", as: .time)
        self.canceledAt = try fields.readIfAny("canceled_at", as: .time)
        self.currentPeriodFrom = try fields.readIfAny("current_billing_period_started_at", as: .time)
        self.currentPeriodTo = try fields.readIfAny("current_billing_period_ending_at", as: .time)
        self.createdAt = try fields.read("created_at", as: .time)
        self.plan = try fields.objectIfAny("plan", as: LagoPlan.init(_:))
        self.usageThreshold = try fields.objectIfAny("usage_threshold", as: LagoUsageThreshold.init)
        self.json = fields.json
    }
}
