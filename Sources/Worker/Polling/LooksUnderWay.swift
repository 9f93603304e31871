internal import LagoEvents
private import Synchronization

/// Whom this process looks at just now, so that nobody is looked at twice at once.
package final class LooksUnderWay: Sendable {
    private let customers = Mutex<Set<CustomerID>>([])

    package init() {}

    var count: Int { self.customers.withLock { $0.count } }

    /// Claims a customer; false when somebody else has done so.
    func begin(_ customer: CustomerID) -> Bool {
        self.customers.withLock { $0.insert(customer).inserted }
    }

    func end(_ customer: CustomerID) {
        self.customers.withLock { _ = $0.remove(customer) }
    }
}
