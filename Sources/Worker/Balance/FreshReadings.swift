package import LagoEvents
package import Rules
private import Synchronization

/// What the last looks found, for the mails that follow from them: a mail that goes out at once need not ask Lago again.
package final class FreshReadings: Sendable {
    private struct Entry {
        let accounts: [String: AccountReading]
        let readAt: Int64
    }

    /// How old a reading may be that a mail is decided by, in milliseconds.
    private static let limit: Int64 = 30_000
    /// Beyond so many customers, old readings are dropped.
    private static let capacity = 10_000
    private let entries = Mutex<[CustomerID: Entry]>([:])

    package init() {}

    /// Keeps a customer's accounts as read, unless a later look is there already.
    package func keep(_ accounts: [String: AccountReading], of customer: CustomerID, readAt: Int64) {
        self.entries.withLock { entries in
            if let known = entries[customer], known.readAt > readAt { return }
            entries[customer] = Entry(accounts: accounts, readAt: readAt)
            if entries.count > Self.capacity { entries = entries.filter { $0.value.readAt > readAt - Self.limit } }
        }
    }

    /// Puts a fuller reading of one account in the place of what the last look found.
    func replace(_ account: String, of customer: CustomerID, with reading: AccountReading) {
        self.entries.withLock { entries in
            guard let entry = entries[customer] else { return }
            let accounts = entry.accounts.merging([account: reading]) { $1 }
            entries[customer] = Entry(accounts: accounts, readAt: entry.readAt)
        }
    }

    /// A customer's accounts, if they were read just now.
    package func accounts(of customer: CustomerID, at now: Int64) -> [String: AccountReading]? {
        self.entries.withLock { entries in
            guard let entry = entries[customer], (0...Self.limit).contains(now - entry.readAt) else { return nil }
            return entry.accounts
        }
    }
}
