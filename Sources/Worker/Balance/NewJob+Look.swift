package import Jobs
package import LagoEvents

extension NewJob {
    /// A look at one customer's balance: tried without end, as nothing else would look before the customer's next event.
    package static func look(at customer: CustomerID) -> NewJob {
        NewJob(kind: .look, key: customer.rawValue, customer: customer.rawValue, lane: .balance, maxAttempts: .max)
    }
}
