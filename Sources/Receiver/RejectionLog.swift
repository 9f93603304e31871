package import Logging
package import Metrics
private import Signatures
package import Store
private import Synchronization
private import Telemetry

/// Counts what was turned away, and keeps a bounded part of it for people to see.
package final class RejectionLog: Sendable {
    /// Rows a second, over all senders.
    static let rowsPerSecond = 10
    /// Rows a minute from one address.
    static let rowsPerMinutePerAddress = 60
    private static let addressesKnown = 10_000

    private struct State {
        var second: Int64 = 0
        var rowsInSecond = 0
        var minute: Int64 = 0
        var rowsInMinute: [String: Int] = [:]
    }

    private let store: Store
    private let logger: Logger
    private let rejected: Counter
    private let counters: [Rejection: Counter]
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    package init(store: Store, metrics: any MetricsFactory, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.logger = logger
        self.now = now
        self.rejected = Metric.deliveries.counter([("outcome", "rejected")], in: metrics)
        self.counters = Dictionary(
            uniqueKeysWithValues: Rejection.allCases.map { reason in
                (reason, Metric.rejections.counter([("reason", reason.rawValue)], in: metrics))
            }
        )
    }

    /// Notes a rejection. Returns false when its address has been turned away so often of late that nothing more is
    /// kept of it or done for it.
    @discardableResult
    package func note(_ reason: Rejection, address: String, algorithm: String? = nil, body: [UInt8]? = nil) -> Bool {
        self.rejected.increment()
        self.counters[reason]?.increment()
        let now = self.now()
        let (isHeard, isKept) = self.admit(address, at: now)
        guard isHeard else { return false }
        self.logger.notice("delivery rejected", metadata: ["reason": "\(reason.rawValue)"])
        guard isKept else { return true }
        let row = RejectedRequest(
            at: now,
            address: address,
            reason: reason.rawValue,
            algorithm: algorithm.flatMap { ["jwt", "hmac"].contains($0) ? $0 : "other" },
            digest: body.flatMap { try? SHA256.digest(of: $0) },
            body: reason == .organisation ? nil : body
        )
        self.store.submit({ try $0.record(row) }) { [logger] error in
            logger.error("rejected request not kept", metadata: ["error": "\(error)"])
        }
        return true
    }

    /// Counts a rejection that is kept elsewhere against its address. Returns what `note` does.
    func hears(_ address: String) -> Bool {
        self.admit(address, at: self.now()).isHeard
    }

    private func admit(_ address: String, at now: Int64) -> (isHeard: Bool, isKept: Bool) {
        self.state.withLock { state in
            if state.minute != now / 60_000 {
                (state.minute, state.rowsInMinute) = (now / 60_000, [:])
            }
            if state.second != now / 1000 {
                (state.second, state.rowsInSecond) = (now / 1000, 0)
            }
            let count = state.rowsInMinute[address, default: 0]
            let isKnown = count > 0 || state.rowsInMinute.count < Self.addressesKnown
            guard isKnown, count < Self.rowsPerMinutePerAddress else { return (false, false) }
            state.rowsInMinute[address] = count + 1
            guard state.rowsInSecond < Self.rowsPerSecond else { return (true, false) }
            state.rowsInSecond += 1
            return (true, true)
        }
    }
}
