private import HTTPTypes
package import LagoAPI
package import LagoEvents
package import Store
private import Synchronization
private import Transport

/// Finds the subscription that usage counts for, in the mirror first: Lago takes events of unknown ones, and loses them.
package struct SubscriptionFinder: Sendable {
    /// A subscription and whose it is.
    package struct Place: Hashable, Sendable {
        /// The operator's id.
        package let subscription: String
        package let customer: CustomerID
    }

    /// The active subscriptions of a customer.
    package enum Answer: Hashable, Sendable {
        case one(Place)
        case none
        case several
    }

    /// How long what was found is relied on without another look.
    private static let freshness = Duration.seconds(5)
    private static let mostRemembered = 20_000

    private let store: Store
    private let client: LagoClient
    private let now: @Sendable () -> Int64
    private let memory = Memory()

    /// - Parameter now: Unix milliseconds.
    package init(store: Store, client: LagoClient, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.client = client.on(.prompt)
        self.now = now
    }

    /// The active subscription of this id; nil where there is none.
    ///
    /// - Throws: `APIFailure` 503 where it was never seen and Lago cannot be asked; `LagoError`.
    package func subscription(_ id: String) async throws -> Place? {
        let name = Name.subscription(Array(id.utf8))
        if let place = self.memory.place(of: name) { return place }
        let seen = try await self.store.subscription(externalID: id)
        if let seen, seen.isActive { return self.remember(seen, as: name) }
        do {
            let found = try await self.client.subscription(externalID: id)
            return self.remember(try await self.keep(found), as: name)
        } catch LagoError.notFound {
            return nil
        } catch let error as LagoError where error.leavesOpen {
            guard let seen else { throw Self.unknown }
            return Place(seen)
        }
    }

    /// The one active subscription of a customer.
    ///
    /// - Throws: `APIFailure` 503 where none was ever seen and Lago cannot be asked; `LagoError`.
    package func subscription(of customer: CustomerID) async throws -> Answer {
        let name = Name.customer(customer)
        if let place = self.memory.place(of: name) { return .one(place) }
        let seen = try await self.store.subscriptions(of: customer)
        let active = seen.filter(\.isActive)
        if active.count == 1, let one = active.first { return .one(self.remember(one, as: name)) }
        do {
            let found = try await self.client.subscriptions(externalCustomerID: customer.rawValue).filter(\.isActive)
            guard let one = found.first else { return .none }
            guard found.count == 1 else { return .several }
            return .one(self.remember(try await self.keep(one), as: name))
        } catch let error as LagoError where error.leavesOpen {
            if active.count > 1 { return .several }
            guard seen.count == 1, let one = seen.first else { throw Self.unknown }
            return .one(Place(one))
        }
    }

    /// Once seen, it is known while Lago is away.
    private func keep(_ subscription: LagoSubscription) async throws -> MirroredSubscription {
        let seen = MirroredSubscription(
            id: subscription.id,
            externalID: subscription.externalID,
            customer: CustomerID(rawValue: subscription.externalCustomerID),
            plan: subscription.planCode,
            status: subscription.status,
            object: subscription.json,
            seenAt: self.now()
        )
        try await self.store.write { try $0.save(seen) }
        return seen
    }

    private func remember(_ subscription: MirroredSubscription, as name: Name) -> Place {
        let place = Place(subscription)
        self.memory.keep(place, as: name, until: .now + Self.freshness, atMost: Self.mostRemembered)
        return place
    }

    private static let unknown = APIFailure(
        .serviceUnavailable,
        code: "lago_unavailable",
        message: "Lago cannot be asked about the subscription now",
        headers: [.retryAfter: "5"]
    )

    fileprivate enum Name: Hashable {
        /// Byte for byte.
        case subscription([UInt8])
        case customer(CustomerID)
    }

    /// What was found a moment ago, so that a stream of events does not read the same row again and again.
    private final class Memory: Sendable {
        private let places = Mutex<[Name: (place: Place, until: ContinuousClock.Instant)]>([:])

        func place(of name: Name) -> Place? {
            self.places.withLock { places in
                guard let found = places[name], found.until > .now else { return nil }
                return found.place
            }
        }

        func keep(_ place: Place, as name: Name, until end: ContinuousClock.Instant, atMost most: Int) {
            self.places.withLock { places in
                if places.count >= most { places.removeAll(keepingCapacity: true) }
                places[name] = (place, end)
            }
        }
    }
}

extension SubscriptionFinder.Place {
    fileprivate init(_ seen: MirroredSubscription) {
        self.init(subscription: seen.externalID, customer: seen.customer)
    }
}

extension MirroredSubscription {
    fileprivate var isActive: Bool { self.status == LagoSubscription.Status.active.rawValue }
}

extension LagoError {
    /// It says nothing about what was asked: Lago is away, or something else answers.
    fileprivate var leavesOpen: Bool {
        switch self {
        case .transport(let error): error.kind != .cancelled
        case .server, .unexpected, .unreadable, .rateLimited, .noRoute: true
        default: false
        }
    }
}

extension SubscriptionFinder {
    /// The subscription that a query is about: the one that it names, or the only active one of the customer.
    ///
    /// - Throws: `APIFailure` 404 for one that is not there, or not the caller's; 422 where the customer has none, or
    ///   several; 503 where Lago cannot be asked.
    package func place(for call: APICall) async throws -> Place {
        if let id = call.query["external_subscription_id"] {
            let customer = try call.customerIfAny()
            guard let place = try await self.subscription(id), customer == nil || customer == place.customer else {
                throw APIFailure.notFound("subscription_not_found")
            }
            return place
        }
        switch try await self.subscription(of: try call.customer(call.query["external_customer_id"])) {
        case .one(let place): return place
        case .none: throw APIFailure.invalid("external_customer_id", "no_active_subscription")
        case .several:
            throw APIFailure.validation([
                "external_customer_id": [
                    "several_active_subscriptions", "name one of them in external_subscription_id",
                ]
            ])
        }
    }
}

extension APICall {
    /// The customer that the query names; a customer's own in any case, and nil where a server key names none.
    func customerIfAny() throws(APIFailure) -> CustomerID? {
        let named = self.query["external_customer_id"]
        return self.principal.isServer && named == nil ? nil : try self.customer(named)
    }
}
