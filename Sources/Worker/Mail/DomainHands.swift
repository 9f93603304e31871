private import Synchronization

/// How many hands each domain's mails have: of all of them three quarters at the most, so that a domain whose mails take
/// their time leaves some to the others.
final class DomainHands: Sendable {
    private let most: Int
    private let busy = Mutex<[String: Int]>([:])

    init(of hands: Int) { self.most = max(1, hands - hands / 4) }

    /// False where the address's domain has as many as it may have; else they are one more, until `end`.
    func begin(_ address: String) -> Bool {
        self.busy.withLock { busy in
            let domain = Self.domain(of: address)
            guard busy[domain, default: 0] < self.most else { return false }
            busy[domain, default: 0] += 1
            return true
        }
    }

    func end(_ address: String) {
        self.busy.withLock { busy in
            let domain = Self.domain(of: address)
            busy[domain, default: 1] -= 1
            if busy[domain] == 0 { busy[domain] = nil }
        }
    }

    private static func domain(of address: String) -> String {
        address.split(separator: "@").last.map { $0.lowercased() } ?? ""
    }
}
