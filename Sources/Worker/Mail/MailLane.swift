private import Synchronization

/// Whether mail flows.
///
/// It stops when the relay is away, or when it refuses so many addresses that the fault is its own, and then lets one
/// attempt at a time find out whether it is back. Where it takes other mail, only the domain stops whose addresses it
/// refuses. All in memory: a restart finds out anew.
package final class MailLane: Sendable {
    /// What a message may do now.
    package enum Permit: Equatable, Sendable {
        case send
        /// Ask the relay first whether it takes mail again; the answer goes to `relayAnswered` or `relayFailed`.
        case probe
        /// Be the one that finds out whether the relay takes anybody's mail again.
        case attempt
        /// Come back after so many milliseconds.
        case wait(milliseconds: Int64)
    }

    /// What a refused address stops.
    package enum Stop: Equatable, Sendable {
        /// Mail to everybody: the relay refuses everybody, as far as anybody can tell.
        case everybody
        /// Mail to this domain: others are taken.
        case domain(String)
    }

    private enum Cause { case away, refusing }

    private struct Pause {
        let cause: Cause
        var nextTryAt: Int64
    }

    private struct Refusal {
        let address: String
        let at: Int64

        var domain: String { MailLane.domain(of: self.address) }
    }

    private struct State {
        var pause: Pause?
        var refusals: [Refusal] = []
        /// When mail to a domain was last taken.
        var taken: [String: Int64] = [:]
        /// When mail to a domain that refuses it is tried again.
        var domains: [String: Int64] = [:]
    }

    /// More addresses than these refused within the window are not the addresses' fault.
    private static let refusalLimit = 5
    private static let refusalWindow: Int64 = 600_000
    private static let domainsKept = 1000
    private static let awayProbe: Int64 = 60_000
    private static let refusingProbe: Int64 = 900_000

    private let state = Mutex(State())

    package init() {}

    /// Whether mail waits for the relay.
    package var isPaused: Bool { self.state.withLock { $0.pause != nil } }

    /// How many milliseconds there is nothing to be tried for this address; nil when a permit can be had.
    package func wait(for address: String, at now: Int64) -> Int64? {
        self.state.withLock { state in
            let nextTryAt = state.pause?.nextTryAt ?? state.domains[Self.domain(of: address)] ?? now
            return nextTryAt > now ? nextTryAt - now : nil
        }
    }

    /// To be asked right before an attempt: what it allows is used up by asking.
    ///
    /// - Parameter now: Unix milliseconds.
    package func permit(for address: String, at now: Int64) -> Permit {
        self.state.withLock { state in
            guard var pause = state.pause else { return Self.permit(Self.domain(of: address), &state, at: now) }
            guard now >= pause.nextTryAt else { return .wait(milliseconds: pause.nextTryAt - now) }
            // Whoever comes next waits for what this one finds.
            pause.nextTryAt = now + Self.interval(pause.cause)
            state.pause = pause
            return pause.cause == .away ? .probe : .attempt
        }
    }

    /// The relay is away, or turned us away before any address was named. True when that stops the lane just now.
    package func relayFailed(at now: Int64) -> Bool {
        self.stop(.away, at: now)
    }

    private static func permit(_ domain: String, _ state: inout State, at now: Int64) -> Permit {
        guard let nextTryAt = state.domains[domain] else { return .send }
        guard now >= nextTryAt else { return .wait(milliseconds: nextTryAt - now) }
        state.domains[domain] = now + Self.refusingProbe
        return .attempt
    }

    /// The relay refused an address for good; returns what that stops just now.
    package func refused(_ address: String, at now: Int64) -> Stop? {
        let stop: Stop? = self.state.withLock { state in
            let since = now - Self.refusalWindow
            state.refusals.removeAll { $0.at <= since || $0.address == address }
            state.refusals.append(Refusal(address: address, at: now))
            guard state.refusals.count > Self.refusalLimit else { return nil }
            let domain = Self.domain(of: address)
            let isItsOwn = state.refusals.allSatisfy { $0.domain == domain }
            let othersAreTaken = state.taken.contains { $0.key != domain && $0.value > since }
            guard isItsOwn, othersAreTaken else { return .everybody }
            let isNew = state.domains.updateValue(now + Self.refusingProbe, forKey: domain) == nil
            return isNew ? .domain(domain) : nil
        }
        if stop == .everybody { return self.stop(.refusing, at: now) ? stop : nil }
        return stop
    }

    /// Whether mail to this address waits for its domain or the relay to take any again.
    package func isStopped(for address: String) -> Bool {
        self.state.withLock { $0.pause != nil || $0.domains[Self.domain(of: address)] != nil }
    }

    /// The relay took a message, or answered a probe as it should. True when that sets mail going again.
    ///
    /// - Parameter address: whose message was taken; nil for a probe.
    package func relayAnswered(takingMailTo address: String? = nil, at now: Int64) -> Bool {
        self.state.withLock { state in
            var isGoing = state.pause != nil
            if isGoing { state = State(taken: state.taken) }
            guard let domain = address.map(Self.domain(of:)) else { return isGoing }
            if state.domains.removeValue(forKey: domain) != nil {
                state.refusals.removeAll { $0.domain == domain }
                isGoing = true
            }
            if state.taken.count > Self.domainsKept {
                state.taken = state.taken.filter { $0.value > now - Self.refusalWindow }
            }
            state.taken[domain] = now
            return isGoing
        }
    }

    private static func domain(of address: String) -> String {
        address.split(separator: "@").last.map { $0.lowercased() } ?? ""
    }

    private func stop(_ cause: Cause, at now: Int64) -> Bool {
        self.state.withLock { state in
            let isNew = state.pause == nil
            state.pause = Pause(cause: cause, nextTryAt: now + Self.interval(cause))
            return isNew
        }
    }

    private static func interval(_ cause: Cause) -> Int64 { cause == .away ? Self.awayProbe : Self.refusingProbe }
}
