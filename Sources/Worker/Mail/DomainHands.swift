private import Synchronization

/// How many hands each domain's mails have: of all of them three quarters at the most, so that a domain whose servers take
/// their time leaves some to the others. While its mails go through quickly, the others of it wait for a hand; where one
/// of them takes long, they come back later.
final class DomainHands: Sendable {
    fileprivate struct Domain {
        /// When each of its mails was begun.
        var running: [UInt: ContinuousClock.Instant] = [:]
        var waiting: [(id: UInt, caller: CheckedContinuation<Bool, Never>)] = []
    }

    fileprivate struct State {
        var lastID: UInt = 0
        var domains: [String: Domain] = [:]
    }

    private let most: Int
    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameter patience: a mail that takes longer than this is slow.
    init(of hands: Int, patience: Duration = .seconds(2)) {
        self.most = max(1, hands - hands / 4)
        self.patience = patience
    }

    /// Runs `body` with a hand of the address's domain; nil where there is none for now.
    func working<Result: Sendable>(for address: String, _ body: () async throws -> Result) async rethrows -> Result? {
        let domain = address.split(separator: "@").last.map { $0.lowercased() } ?? ""
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        guard await self.begin(id, domain) else { return nil }
        defer { self.end(id, domain) }
        return try await body()
    }

    private func begin(_ id: UInt, _ domain: String) async -> Bool {
        let (most, patience) = (self.most, self.patience)
        let answer = self.state.withLock { $0.begin(id, domain, most: most, patience: patience) }
        if let answer { return answer }
        let timer = Task { [weak self] in
            try? await Task.sleep(for: patience)
            self?.giveUp(id, domain)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let answer: Bool? = self.state.withLock { state in
                    if Task.isCancelled { return false }
                    if let answer = state.begin(id, domain, most: most, patience: patience) { return answer }
                    state.domains[domain, default: Domain()].waiting.append((id, caller))
                    return nil
                }
                if let answer { caller.resume(returning: answer) }
            }
        } onCancel: {
            self.giveUp(id, domain)
        }
    }

    private func giveUp(_ id: UInt, _ domain: String) {
        let caller = self.state.withLock { state in
            state.domains[domain]?.waiting.firstIndex { $0.id == id }
                .flatMap { state.domains[domain]?.waiting.remove(at: $0).caller }
        }
        caller?.resume(returning: false)
    }

    /// Hands the place on to the first who waits for it.
    private func end(_ id: UInt, _ domain: String) {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.domains[domain]?.running[id] = nil
            guard let first = state.domains[domain]?.waiting.first else {
                if state.domains[domain]?.running.isEmpty == true { state.domains[domain] = nil }
                return nil
            }
            state.domains[domain]?.waiting.removeFirst()
            state.domains[domain]?.running[first.id] = .now
            return first.caller
        }
        next?.resume(returning: true)
    }
}

extension DomainHands.State {
    /// True where there is a hand, which is taken; false where there will be none soon; nil for who should wait.
    fileprivate mutating func begin(_ id: UInt, _ domain: String, most: Int, patience: Duration) -> Bool? {
        let running = self.domains[domain]?.running ?? [:]
        if running.count < most {
            self.domains[domain, default: .init()].running[id] = .now
            return true
        }
        return running.values.contains { $0.duration(to: .now) > patience } ? false : nil
    }
}
