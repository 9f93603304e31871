internal import LagoEvents
internal import Rules
internal import Store
private import Synchronization

/// Whether the radar tells whose usage moves, so that the others need fewer looks.
package final class RadarCoverage: Sendable {
    private let state = Mutex(false)

    package init() {}

    var isOn: Bool { self.state.withLock { $0 } }

    func turn(on isOn: Bool) {
        self.state.withLock { $0 = isOn }
    }
}

/// When a customer is to be looked at next, after a look.
struct LookPlan: Sendable {
    let customer: CustomerID
    let pace: LookPace
    let lookedAt: Int64
    /// The look found usage since the one before.
    let foundUsage: Bool
    let polling: PollingPace
    let coverage: RadarCoverage

    /// Writes the plan down. The radar's state counts as it is then: looks that are planned after it went out are not
    /// stretched, those before are hastened.
    func write(in transaction: Transaction) throws {
        // Usage that it did not tell of comes late, or by a clock that is far from ours: it cannot be relied on here.
        let isBlind = try self.foundUsage && transaction.movedAt(self.customer) == nil
        let interval = self.coverage.isOn && !isBlind ? self.stretched : self.pace.interval
        let look = ScheduledLook(
            customer: self.customer,
            pace: ScheduledLook.Pace(self.pace.kind),
            dueAt: self.lookedAt + interval,
            interval: self.pace.interval,
            lookedAt: self.lookedAt
        )
        try transaction.schedule(look, wait: self.polling.wait)
    }

    /// While the radar sees whose usage moves, slow looks only find what was dated back.
    private var stretched: Int64 {
        switch self.pace.kind {
        case .near: self.pace.interval
        case .far, .idle: self.polling.idle.milliseconds
        }
    }
}

extension ScheduledLook.Pace {
    init(_ kind: LookPace.Kind) {
        switch kind {
        case .near: self = .near
        case .far: self = .far
        case .idle: self = .idle
        }
    }
}
