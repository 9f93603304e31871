private import Foundation
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

extension Store {
    /// A customer's subscriptions of all states as last seen, by id.
    package func subscriptions(of customer: CustomerID) async throws -> [MirroredSubscription] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM subscription WHERE customer = ? ORDER BY id",
                arguments: [customer.rawValue]
            ).map { row in
                MirroredSubscription(
                    id: row["id"],
                    externalID: row["externalId"],
                    customer: customer,
                    plan: row["plan"],
                    status: row["status"],
                    object: [UInt8](row["object"] as Data),
                    seenAt: row["seenAt"]
                )
            }
        }
    }

    /// Whose these subscriptions are, by the operator's ids of them; unknown ones are left out.
    package func customers(ofSubscriptions externalIDs: [String]) async throws -> [String: CustomerID] {
        try await self.read { db in
            var customers: [String: CustomerID] = [:]
            for id in externalIDs {
                // An id may be given anew once its subscription has ended, perhaps to another customer.
                let customer = try String.fetchOne(
                    db,
                    sql: """
                        SELECT customer FROM subscription WHERE externalId = ?
                        ORDER BY status = 'active' DESC, seenAt DESC LIMIT 1
                        """,
                    arguments: [id]
                )
                if let customer { customers[id] = CustomerID(rawValue: customer) }
            }
            return customers
        }
    }
}
