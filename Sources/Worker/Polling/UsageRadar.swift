package import LagoAPI
private import LagoEvents
package import Logging
package import Metrics
internal import ServiceLifecycle
package import Store
private import Telemetry

/// Lists the organisation's latest usage events in one call, to see whose usage moved.
///
/// While it sees everything, customers who use nothing need hardly a look. Too many events for one list, or no answer,
/// and it is blind: all looks then go by their own intervals, and the list is asked for less often.
package struct UsageRadar: Service {
    private let client: LagoClient
    private let store: Store
    private let coverage: RadarCoverage
    private let pace: PollingPace
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(
        client: LagoClient,
        store: Store,
        coverage: RadarCoverage,
        pace: PollingPace,
        metrics: any MetricsFactory,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client
        self.store = store
        self.coverage = coverage
        self.pace = pace
        self.metrics = metrics
        self.logger = logger
        self.now = now
    }

    /// What is remembered from list to list.
    private struct State {
        /// Up to when all events were seen, in Unix milliseconds.
        var position: Int64
        var interval: Duration
        /// Events that were seen, and when; those further back than lists reach are forgotten.
        var seen: [String: Int64] = [:]
        /// Subscriptions that Lago does not know, and when it said so.
        var strangers: [String: Int64] = [:]
    }

    /// What becomes of one list.
    private enum Reading: String {
        case whole
        /// There were more events than fit.
        case cut
        case failed
    }

    /// Subscriptions that one list's events may have looked up.
    private static let lookUps = 5
    /// How long a subscription that Lago does not know is not asked for again, in milliseconds.
    private static let strangersRest: Int64 = 600_000

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var state = await self.begin()
            while !Task.isCancelled {
                await self.turn(&state)
                try? await Task.sleep(for: state.interval)
            }
        }
    }

    /// After a short stop of the process the gap is read like any other stretch.
    private func begin() async -> State {
        let (now, radar) = (self.now(), self.pace.radar)
        let last = try? await self.store.reached(.radar)
        if let last, (0...radar.memory.milliseconds).contains(now - last) {
            self.coverage.turn(on: true)
            return State(position: last, interval: radar.interval)
        }
        await self.goBlind()
        return State(position: now - radar.interval.milliseconds, interval: radar.interval)
    }

    private func turn(_ state: inout State) async {
        let reading: Reading
        do {
            reading = try await self.read(&state)
        } catch {
            guard !Task.isCancelled else { return }
            self.logger.debug("usage events not listed", metadata: ["error": "\(error)"])
            reading = .failed
            let isForGood = if let error = error as? LagoError { !error.canRetryHelp } else { false }
            self.slowDown(&state, to: isForGood ? self.pace.radar.limit : nil)
            let blindFor = Duration.milliseconds(self.now() - state.position)
            if self.coverage.isOn, blindFor > self.pace.radar.patience {
                self.logger.warning("usage events cannot be listed", metadata: ["error": "\(error)"])
                await self.goBlind()
            }
        }
        Metric.radarReadings.counter([("result", reading.rawValue)], in: self.metrics).increment()
    }

    /// Reads one list, and notes who moved.
    private func read(_ state: inout State) async throws -> Reading {
        let (now, radar) = (self.now(), self.pace.radar)
        // Blind, it reads only a stretch that is short enough to compare with later ones.
        let from = self.coverage.isOn ? state.position : now - radar.interval.milliseconds
        var batches = self.client.events(from: from - radar.overlap.milliseconds, pageSize: radar.page)
            .batches.makeAsyncIterator()
        // An event that cannot be read says nothing of the others.
        let batch = try await batches.next()
        let events = batch?.objects ?? []
        let fresh = Set(events.filter { state.seen[$0.id] == nil }.compactMap(\.externalSubscriptionID))
        let (moved, unknown) = try await self.customers(fresh, &state, at: now)
        try await self.store.write { [wait = self.pace.wait] transaction in
            try transaction.noteMoved(moved, wait: wait, at: now)
            try transaction.move(.radar, at: now)
        }
        // The events of those that could not be looked up yet are new to the next list, too.
        let told = events.filter { $0.externalSubscriptionID.map { !unknown.contains($0) } ?? true }
        state.seen.merge(told.map { ($0.id, now) }) { $1 }
        let reach = (radar.overlap + radar.interval).milliseconds * 2
        state.seen = state.seen.filter { $0.value > now - reach }
        state.position = now
        if events.count + (batch?.unreadable.count ?? 0) >= radar.page {
            await self.tooMany(&state)
            return .cut
        }
        // Half a list of room, so that a rate at the limit does not turn it on and off.
        if !self.coverage.isOn, events.count <= radar.page / 2 {
            self.coverage.turn(on: true)
            self.logger.notice("usage events tell whose balance moves")
        }
        state.interval = radar.interval
        return .whole
    }

    private func tooMany(_ state: inout State) async {
        self.slowDown(&state, to: nil)
        guard self.coverage.isOn else { return }
        self.logger.notice(
            "too many usage events to tell by them whose balance moves: all customers are looked at by turns",
            metadata: ["events": "\(self.pace.radar.page)"]
        )
        await self.goBlind()
    }

    private func slowDown(_ state: inout State, to interval: Duration?) {
        state.interval = interval ?? min(state.interval * 2, self.pace.radar.limit)
    }

    /// First the coverage, then the looks: what is planned in between is not stretched.
    private func goBlind() async {
        self.coverage.turn(on: false)
        do {
            try await self.store.write { try $0.hastenLooks() }
        } catch {
            self.logger.error("looks not hastened", metadata: ["error": "\(error)"])
        }
    }

    /// Whose subscriptions these are: as mirrored, else as Lago says, each asked for once, and a few at a time.
    private func customers(
        _ ids: Set<String>,
        _ state: inout State,
        at now: Int64
    ) async throws -> (customers: Set<CustomerID>, leftOver: Set<String>) {
        let known = try await self.store.customers(ofSubscriptions: ids.sorted())
        var customers = Set(known.values)
        state.strangers = state.strangers.filter { now - $0.value < Self.strangersRest }
        let unknown = ids.filter { known[$0] == nil && state.strangers[$0] == nil }.sorted()
        for id in unknown.prefix(Self.lookUps) {
            do {
                let subscription = try await self.client.subscription(externalID: id)
                try await self.store.write { try $0.save(MirroredSubscription(subscription, seenAt: now)) }
                customers.insert(CustomerID(rawValue: subscription.externalCustomerID))
            } catch is LagoError {
                // Whatever is wrong with it, the others are known.
                state.strangers[id] = now
            }
        }
        return (customers, Set(unknown.dropFirst(Self.lookUps)))
    }
}
