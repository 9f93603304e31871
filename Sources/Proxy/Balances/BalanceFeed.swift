private import Foundation
private import HTTPTypes
package import LagoEvents
package import Logging
package import ServiceLifecycle
package import Store
private import Synchronization

/// Learns of every new balance, whichever process commits it, and hands it to those who listen to its customer.
///
/// What it costs does not grow with the number of listeners, save for their heartbeats: one read of the store's newest
/// rows serves all.
package final class BalanceFeed: Service, Sendable {
    package struct Pace: Sendable {
        /// How often the store is asked for what other processes committed.
        package var poll = Duration.milliseconds(200)
        /// From one comment to the next on a stream where nothing happens.
        package var heartbeat = Duration.seconds(20)
        /// After so many, a stream ends by itself: 15 minutes, the first of them a little sooner, so that those who came
        /// together do not come back together.
        package var heartbeats = 45

        package init() {}
    }

    /// How many streams there may be at once.
    package struct Limits: Sendable {
        package var ofCustomer = 8
        /// Of the process: half of what it may have open at once is for others.
        package var inAll = Limits.halfOfTheFiles

        package init() {}

        private static let halfOfTheFiles: Int = {
            let files = sysconf(Int32(_SC_OPEN_MAX))
            return files > 0 ? min(files / 2, 10_000) : 10_000
        }()
    }

    private struct State {
        var listeners: [CustomerID: [BalanceListener]] = [:]
        /// The same listeners by when their heartbeat is due, so that not all get it at once.
        var slots: [[ObjectIdentifier: BalanceListener]]
        var slot = 0
        var count = 0
        /// How many there ever were.
        var number = 0
        var isOver = false
    }

    private static let slots = 20
    private static let batch = 100

    private let balances: AccountBalances
    private let store: Store
    private let pace: Pace
    private let limits: Limits
    private let logger: Logger
    private let state = Mutex(State(slots: Array(repeating: [:], count: BalanceFeed.slots)))

    package init(
        store: Store,
        balances: AccountBalances,
        pace: Pace = Pace(),
        limits: Limits = Limits(),
        logger: Logger
    ) {
        self.store = store
        self.balances = balances
        self.pace = pace
        self.limits = limits
        self.logger = logger
    }

    /// How many listen now.
    package var count: Int { self.state.withLock { $0.count } }

    // MARK: - Listening

    /// A new listener to a customer, which gets every balance that is committed from now on.
    ///
    /// - Parameter limit: it ends sooner than others where this is shorter, to the heartbeat.
    /// - Throws: `APIFailure` 503 where there are too many, of the customer or in all, or when the process ends.
    func join(_ customer: CustomerID, for limit: Duration? = nil) throws(APIFailure) -> BalanceListener {
        let most = limit.map { max(1, Int(min($0 / self.pace.heartbeat, 1_000_000))) } ?? .max
        let end = limit.map { ContinuousClock.now + $0 }
        let joined = self.state.withLock { state -> BalanceListener? in
            let isFull = state.listeners[customer]?.count ?? 0 >= self.limits.ofCustomer
            guard !state.isOver, !isFull, state.count < self.limits.inAll else { return nil }
            let spread = min(state.number % 5, self.pace.heartbeats - 1)
            let heartbeats = min(most, self.pace.heartbeats - spread)
            let listener = BalanceListener(customer: customer, heartbeats: heartbeats, end: end)
            state.number += 1
            state.count += 1
            state.listeners[customer, default: []].append(listener)
            // The slot that has just had its turn has the next one a whole interval from now.
            state.slots[state.slot][ObjectIdentifier(listener)] = listener
            return listener
        }
        guard let joined else {
            throw APIFailure(
                .serviceUnavailable,
                code: "too_many_streams",
                message: "There are as many streams as there may be",
                headers: [.retryAfter: "5"]
            )
        }
        return joined
    }

    func leave(_ listener: BalanceListener) {
        listener.end()
        self.state.withLock { state in
            let key = ObjectIdentifier(listener)
            guard let slot = state.slots.firstIndex(where: { $0[key] != nil }) else { return }
            state.slots[slot][key] = nil
            state.count -= 1
            state.listeners[listener.customer]?.removeAll { $0 === listener }
            if state.listeners[listener.customer]?.isEmpty == true { state.listeners[listener.customer] = nil }
        }
    }

    // MARK: - Telling

    /// Runs until graceful shutdown, or until it is cancelled; then all streams end, and none begin.
    package func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let signals = self.store.signals.stream(of: .balances)
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { helpers in
                helpers.addTask { for await _ in signals { wake.yield() } }
                helpers.addTask { while (try? await Task.sleep(for: self.pace.poll)) != nil { wake.yield() } }
                helpers.addTask {
                    while (try? await Task.sleep(for: self.pace.heartbeat / Self.slots)) != nil { self.beat() }
                }
                var last: Int64?
                for await _ in wakes { last = await self.look(after: last) }
                helpers.cancelAll()
            }
        } onGracefulShutdown: {
            wake.finish()
        }
        let all = self.state.withLock { state in
            state.isOver = true
            return state.slots.flatMap(\.values)
        }
        for listener in all { listener.end() }
    }

    /// Each listener's heartbeat, a part of them at a time.
    private func beat() {
        let due = self.state.withLock { state in
            state.slot = (state.slot + 1) % Self.slots
            return Array(state.slots[state.slot].values)
        }
        for listener in due { listener.beat() }
    }

    /// Tells of the balances that were committed after the row `last`; of all that are listened to where it is nil.
    ///
    /// - Returns: the newest row that was told of; nil while nobody listens, as nothing is asked then.
    private func look(after last: Int64?) async -> Int64? {
        guard self.count > 0 else { return nil }
        do {
            let changes = try await self.store.balanceChanges(after: last ?? .max)
            let isKnown = last.map { changes.newest >= $0 && !changes.isCut } ?? false
            let concerned = self.state.withLock { state in
                isKnown ? changes.customers.filter { state.listeners[$0] != nil } : Set(state.listeners.keys)
            }
            try await self.tell(Array(concerned))
            return changes.newest
        } catch {
            if !Task.isCancelled { self.logger.warning("balances not told", metadata: ["error": "\(error)"]) }
            return last
        }
    }

    private func tell(_ customers: [CustomerID]) async throws {
        for start in stride(from: 0, to: customers.count, by: Self.batch) {
            let batch = Array(customers[start..<min(start + Self.batch, customers.count)])
            for standing in try await self.standings(of: batch) {
                let listeners = self.state.withLock { $0.listeners[standing.customer] ?? [] }
                guard !listeners.isEmpty else { continue }
                let event = BalanceEvent(standing)
                for listener in listeners { listener.offer(event) }
            }
        }
    }

    /// Settings of one customer that cannot be read do not keep the others' balances back.
    private func standings(of customers: [CustomerID]) async throws -> [AccountBalances.Standing] {
        do {
            return try await self.balances.standings(of: customers)
        } catch  where customers.count > 1 {
            var standings: [AccountBalances.Standing] = []
            for customer in customers { standings += try await self.standings(of: [customer]) }
            return standings
        } catch {
            self.logger.warning("balance not told", metadata: ["error": "\(error)"])
            return []
        }
    }
}
