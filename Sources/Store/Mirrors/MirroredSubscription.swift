internal import GRDB
package import LagoEvents

/// A subscription of Lago's as last seen.
package struct MirroredSubscription: Hashable, Sendable {
    /// Lago's id of it.
    package let id: String
    /// The operator's id of it.
    package let externalID: String
    package let customer: CustomerID
    /// Code of its plan.
    package let plan: String
    /// `active`, `pending`, `terminated` or `canceled`.
    package let status: String
    /// The whole object, as Lago sent it.
    package let object: [UInt8]
    /// Unix milliseconds.
    package let seenAt: Int64

    package init(
        id: String,
        externalID: String,
        customer: CustomerID,
        plan: String,
        status: String,
        object: [UInt8],
        seenAt: Int64
    ) {
        self.id = id
        self.externalID = externalID
        self.customer = customer
        self.plan = plan
        self.status = status
        self.object = object
        self.seenAt = seenAt
    }
}

extension MirroredSubscription: Mirror {
    static let saving = MirrorStatement(table: "subscription", columns: ["externalId", "customer", "plan", "status"])

    var values: [(any DatabaseValueConvertible)?] { [self.externalID, self.customer.rawValue, self.plan, self.status] }
}

extension Transaction {
    /// Keeps a subscription as seen, unless a later look has been kept already.
    package func save(_ subscription: MirroredSubscription) throws { try self.keep(subscription) }
}
