package import Settings

/// How often the API may be called: by a customer, whatever the address, and from an address, whoever asks.
///
/// Server keys are not limited: they are the operator's own software, which asks for many customers. Requests that
/// nobody can be found for count for their address, as guesses at keys and tokens do.
package struct CallLimits: Sendable {
    private let principals: RateTable
    private let addresses: RateTable

    /// - Parameters:
    ///   - perMinute: requests of each customer, and of each address.
    ///   - capacity: how many of each are kept count of.
    package init(perMinute: Int, capacity: Int = 65_536, now: @escaping @Sendable () -> Duration = Self.clock()) {
        self.principals = RateTable(perMinute: perMinute, capacity: capacity, now: now)
        self.addresses = RateTable(perMinute: perMinute, capacity: capacity, now: now)
    }

    /// The time since the process's start, which no setting of its clock moves.
    package static func clock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { start.duration(to: .now) }
    }

    /// Counts a request, and says how its caller stands by the narrower of the two limits; nil for a server key.
    ///
    /// - Parameter principal: nil for one that could not be found.
    package func count(_ principal: Principal?, from address: ClientAddress) -> RateStanding? {
        switch principal {
        case .server: return nil
        case .customer(let id):
            // A customer who is past the own limit does not use up what others behind the same address have.
            let own = self.principals.take(id)
            guard own.retryAfter == nil else { return own }
            let shared = self.addresses.take(address.counted)
            return shared.retryAfter != nil || shared.remaining < own.remaining ? shared : own
        case nil: return self.addresses.take(address.counted)
        }
    }
}
