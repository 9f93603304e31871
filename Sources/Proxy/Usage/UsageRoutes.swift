private import HTTPTypes
package import LagoAPI
package import LagoEvents
package import Metrics
package import Store
private import Telemetry

/// `POST /api/lago/usage`: what was used.
///
/// An event is answered once it is on disk, and goes to Lago later, so that none is lost while Lago is away.
package struct UsageRoutes: Sendable {
    /// How long a call that waits for Lago's answer may wait for its turn there.
    private static let patience = Duration.seconds(10)

    private let store: Store
    private let client: LagoClient
    private let finder: SubscriptionFinder
    private let forwarded: @Sendable (Set<CustomerID>) -> Void
    private let accepted: Counter
    private let passed: Counter
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - forwarded: told whose usage Lago has taken, where a caller waited for that.
    ///   - now: Unix milliseconds.
    package init(
        store: Store,
        client: LagoClient,
        finder: SubscriptionFinder,
        forwarded: @escaping @Sendable (Set<CustomerID>) -> Void,
        metrics: any MetricsFactory,
        now: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.client = client.on(.prompt)
        self.finder = finder
        self.forwarded = forwarded
        self.accepted = Metric.usageEvents.counter([("outcome", "accepted")], in: metrics)
        self.passed = Metric.usageEvents.counter([("outcome", "forwarded")], in: metrics)
        self.now = now
    }

    package var routes: [APIRoute] {
        [APIRoute(.post, "/usage", for: .servers, respond: self.take)]
    }

    @Sendable
    private func take(_ call: APICall) async throws -> APIAnswer {
        try call.query.allow(["sync"])
        guard ["true", "false", nil].contains(call.query["sync"]) else {
            throw APIFailure.invalid("sync", "value_is_invalid")
        }
        let usage = try UsageCall(call.body, intent: call.intent)
        let events = try await self.events(usage)
        if call.query["sync"] == "true" { return try await self.pass(events, isList: usage.isList) }
        let times = try await self.accept(events, of: usage)
        self.accepted.increment(by: Int64(events.count))
        return Self.answer(usage, events, times)
    }

    /// The events with their subscriptions.
    ///
    /// - Throws: `APIFailure` 422 that names every event whose subscription is not to be found.
    private func events(_ usage: UsageCall) async throws -> [UsageEvent] {
        var (events, problems): ([UsageEvent], [String: [String]]) = ([], [:])
        for input in usage.events {
            switch try await self.place(of: input) {
            case .found(let place):
                events.append(
                    UsageEvent(
                        subscription: place.subscription,
                        transactionID: input.transactionID,
                        customer: place.customer,
                        content: input.content(subscription: place.subscription),
                        isStamped: input.timestamp == nil
                    )
                )
            case .missing(let field, let words): problems[input.name(of: field)] = words
            }
        }
        guard problems.isEmpty else { throw APIFailure.validation(problems) }
        return events
    }

    private enum Search {
        case found(SubscriptionFinder.Place)
        case missing(field: String, words: [String])
    }

    private func place(of input: UsageInput) async throws -> Search {
        if let id = input.subscription {
            let place = try await self.finder.subscription(id)
            guard let place, input.customer == nil || input.customer == place.customer.rawValue else {
                return .missing(field: "external_subscription_id", words: ["subscription_not_found"])
            }
            return .found(place)
        }
        switch try await self.finder.subscription(of: CustomerID(rawValue: input.customer ?? "")) {
        case .one(let place): return .found(place)
        case .none: return .missing(field: Self.customerField, words: Self.noSubscription)
        case .several: return .missing(field: Self.customerField, words: Self.severalSubscriptions)
        }
    }

    private static let customerField = "external_customer_id"
    private static let noSubscription = ["no_active_subscription"]
    private static let severalSubscriptions = [
        "several_active_subscriptions", "name one of them in external_subscription_id",
    ]

    /// - Returns: when each was accepted.
    private func accept(_ events: [UsageEvent], of usage: UsageCall) async throws -> [Int64] {
        do {
            return try await self.store.write { [now = self.now()] transaction in
                try transaction.accept(events, at: now, isSame: Self.sayTheSame)
            }
        } catch let taken as UsageEventTaken {
            let name = usage.events[taken.index].name(of: "transaction_id")
            throw APIFailure.invalid(name, "value_already_exist")
        } catch {
            throw APIFailure(
                .serviceUnavailable,
                code: "store_unavailable",
                message: "usage cannot be kept now",
                headers: [.retryAfter: "5"]
            )
        }
    }

    @Sendable
    private static func sayTheSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard let one = try? JSONReader.read(one), let other = try? JSONReader.read(other) else { return false }
        return one.saysTheSame(as: other)
    }

    private static func answer(_ usage: UsageCall, _ events: [UsageEvent], _ times: [Int64]) -> APIAnswer {
        let rows = zip(zip(usage.events, events), times).map { pair, time in
            let (input, event) = pair
            return JSONText.object([
                ("transaction_id", .text(event.transactionID)),
                ("external_subscription_id", .text(event.subscription)), ("code", .text(input.code)),
                ("timestamp", input.timestamp.map { .raw($0) } ?? .text(UsageEvent.timestamp(of: time))),
            ])
        }
        let body = usage.isList ? JSONText.object([("events", .list(rows))]) : .object([("event", rows[0])])
        return APIAnswer(body, status: .accepted)
    }

    /// Sends the events to Lago at once, and passes its answer on.
    private func pass(_ events: [UsageEvent], isList: Bool) async throws -> APIAnswer {
        let now = self.now()
        let bodies = events.map { $0.json(acceptedAt: now) }
        let last = ContinuousClock.now + Self.patience
        let answer =
            isList
            ? try await self.client.sendUsage(bodies, mayRepeat: false, notAfter: last)
            : try await self.client.sendUsageEvent(bodies[0], notAfter: last)
        self.passed.increment(by: Int64(events.count))
        self.forwarded(Set(events.map(\.customer)))
        return APIAnswer(json: answer)
    }
}
