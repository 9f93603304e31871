import Foundation
import Sandbox
import Synchronization
import TestSupport

/// Lies in wait for a customer's top-up at one step, and kills the service there.
final class TopUpAmbush: Sendable {
    /// The steps between a decision and its record, each known by what Lago is asked for.
    enum Step: String, CaseIterable {
        /// The balance is read for the decision.
        case reading
        /// Decided, and Lago's list of purchases is read; nothing is written down yet.
        case history
        /// Written down, and looked for at Lago.
        case lookUp
        /// The request has reached Lago, which has done nothing yet.
        case request
        /// It is done, and the answer has not left.
        case effect
        /// The answer leaves: what dies first, the process or its record?
        case answer
        /// What became of it is asked for.
        case followUp
        /// Its answer was lost, and it is looked for after the grace.
        case firstLookUp
        /// It was not there, and is looked for once more.
        case secondLookUp

        /// The process has to live through the grace first.
        var isInDoubt: Bool { self == .firstLookUp || self == .secondLookUp }
    }

    fileprivate struct Target {
        let step: Step
        var isHit = false
        var readings = 0
        var purchases = 0
        var lookUps = 0
    }

    private struct State {
        var service: SluiceProcess?
        /// By wallet.
        var targets: [String: Target] = [:]
        var walletsOfCustomers: [String: String] = [:]
        var kills: [Step: Int] = [:]
    }

    private let sandbox: Sandbox
    private let state = Mutex(State())

    init(_ sandbox: Sandbox) { self.sandbox = sandbox }

    var kills: [Step: Int] { self.state.withLock { $0.kills } }

    /// Whether all ambushes have struck.
    var isOver: Bool { self.state.withLock { $0.targets.values.allSatisfy(\.isHit) } }

    /// The service that is killed next.
    func watch(_ service: SluiceProcess) { self.state.withLock { $0.service = service } }

    func lay(at step: Step, customer: String, wallet: String) {
        self.state.withLock { state in
            state.targets[wallet] = Target(step: step)
            state.walletsOfCustomers[customer] = wallet
        }
    }

    /// Meets a request; kills the service where it is the one that is waited for.
    func meet(_ request: PassingRequest) async -> PassingRequest.Fate {
        guard let wallet = self.wallet(of: request) else { return .goOn }
        let (step, fate) = self.state.withLock { state in
            let (step, fate) = state.targets[wallet]?.meet(request) ?? (nil, .goOn)
            if let step { state.kills[step, default: 0] += 1 }
            return (step, fate)
        }
        if let step { await self.strike(step) }
        return fate
    }

    private func strike(_ step: Step) async {
        guard let service = self.state.withLock({ $0.service }) else { return }
        guard step == .answer else {
            service.signal(SIGKILL)
            _ = await eventually { !service.isRunning }
            return
        }
        // The answer is on its way meanwhile.
        Task {
            try await Task.sleep(for: .microseconds(.random(in: 0...20_000)))
            service.signal(SIGKILL)
        }
    }

    private func wallet(of request: PassingRequest) -> String? {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.count) {
        case ("GET", "customers", 3): return self.state.withLock { $0.walletsOfCustomers[parts[1]] }
        case ("GET", "wallets", 3): return parts[1]
        case ("GET", "wallet_transactions", 2):
            return self.sandbox.purchases.first { $0.id == parts[1] }?.walletID
        case ("POST", "wallet_transactions", 1):
            return self.state.withLock { $0.targets.keys.first { request.body.contains($0) } }
        default: return nil
        }
    }
}

extension TopUpAmbush.Target {
    /// Takes a request in; returns the step at which it is to be killed, and what becomes of the request.
    mutating func meet(_ request: PassingRequest) -> (kill: TopUpAmbush.Step?, PassingRequest.Fate) {
        let isBefore = request.moment == .beforeEffect
        if request.method == "POST" { return self.meetPurchase(isBefore: isBefore) }
        guard !self.isHit else { return (nil, .goOn) }
        let isLookUp = request.query.contains("sluice_id")
        if isBefore {
            if request.path.hasSuffix("/current_usage") { self.readings += 1 }
            if isLookUp, self.purchases > 0 { self.lookUps += 1 }
        }
        let isThere =
            switch self.step {
            // The first one is of the look that finds the account low.
            case .reading: request.path.hasSuffix("/current_usage") && self.readings == 2
            case .history: request.query.contains("transaction_status=purchased") && !isLookUp
            case .lookUp: isLookUp && self.purchases == 0
            case .followUp: request.path.hasPrefix("/wallet_transactions/")
            case .firstLookUp: isLookUp && self.lookUps == 1
            case .secondLookUp: isLookUp && self.lookUps == 2
            case .request, .effect, .answer: false
            }
        // Before the answer or after it, at random.
        guard isThere, !isBefore || Bool.random() else { return (nil, .goOn) }
        self.isHit = true
        return (self.step, .goOn)
    }

    private static var withinGrace: PassingRequest.Fate { .held(.milliseconds(.random(in: 0...1900))) }

    private mutating func meetPurchase(isBefore: Bool) -> (kill: TopUpAmbush.Step?, PassingRequest.Fate) {
        if isBefore { self.purchases += 1 }
        guard !self.isHit, self.purchases == 1 else { return (nil, .goOn) }
        switch self.step {
        case .request where isBefore:
            self.isHit = true
            // The grace of a request whose end nobody knows begins when it would have ended at the latest.
            let long = PassingRequest.Fate.held(.seconds(6))
            return (self.step, [.goOn, .lost, Self.withinGrace, long].randomElement() ?? long)
        case .effect where !isBefore, .answer where !isBefore:
            self.isHit = true
            return (self.step, .goOn)
        case .firstLookUp where isBefore:
            return (nil, [.goOn, .lost, Self.withinGrace].randomElement() ?? .lost)
        case .firstLookUp: return (nil, .lost)
        case .secondLookUp where isBefore: return (nil, .lost)
        default: return (nil, .goOn)
        }
    }
}
