private import Jobs
package import LagoEvents
package import Store

extension Transaction {
    /// However steady a customer's usage, the look after it is at most this late: half of what its mail may take.
    private static var latestUsageLook: Duration { .seconds(5) }

    /// Has customers looked at whose usage Lago has taken.
    ///
    /// - Parameter quiet: the quiet time after a customer's last usage before Lago is asked.
    package func look(afterUsageOf customers: Set<CustomerID>, quiet: Duration, at now: Int64) throws {
        let timing = Timing.debounce(quiet: quiet, limit: max(quiet, Self.latestUsageLook))
        for customer in customers { try self.enqueue(.look(at: customer), timing, at: now) }
    }
}
