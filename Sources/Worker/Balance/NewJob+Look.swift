package import Jobs
package import LagoEvents

extension NewJob {
    /// A look at one customer's balance: tried without end, as nothing else would look before the customer's next event.
    package static func look(at customer: CustomerID) -> NewJob {
        NewJob(kind: .look, key: customer.rawValue, customer: customer.rawValue, lane: .balance, maxAttempts: .max)
    }

    /// What is to be done about one customer's top-ups: tried without end, as a purchase in doubt must not be forgotten.
    package static func topUp(of customer: CustomerID) -> NewJob {
        NewJob(kind: .topUp, key: customer.rawValue, customer: customer.rawValue, lane: .topUp, maxAttempts: .max)
    }
}
