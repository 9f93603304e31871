/// The latest deliveries, oldest first; settled ones are forgotten beyond a limit.
struct DeliveryLog: Sendable {
    private var byKey: [String: SandboxDelivery] = [:]
    private var order: [String] = []
    private let limit: Int
    /// How many are still to be sent, or to be sent again.
    private(set) var unsettledCount = 0

    /// - Parameter limit: of settled deliveries; a tenth more may be there for a while.
    init(limit: Int) { self.limit = limit }

    var all: [SandboxDelivery] { self.order.compactMap { self.byKey[$0] } }

    subscript(key: String) -> SandboxDelivery? { self.byKey[key] }

    mutating func append(_ delivery: SandboxDelivery) {
        self.byKey[delivery.key] = delivery
        self.order.append(delivery.key)
        if !delivery.state.isSettled { self.unsettledCount += 1 }
        // Forgetting a tenth at a time keeps the cost of an append small.
        var excess = self.order.count - self.unsettledCount - self.limit
        guard excess > self.limit / 10 else { return }
        self.order.removeAll { key in
            guard excess > 0, self.byKey[key]?.state.isSettled == true else { return false }
            excess -= 1
            self.byKey[key] = nil
            return true
        }
    }

    mutating func update(_ key: String, _ change: (inout SandboxDelivery) -> Void) {
        guard var delivery = self.byKey[key] else { return }
        let wasSettled = delivery.state.isSettled
        change(&delivery)
        self.byKey[key] = delivery
        self.unsettledCount += (wasSettled ? 1 : 0) - (delivery.state.isSettled ? 1 : 0)
    }
}
