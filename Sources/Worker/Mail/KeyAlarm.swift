package import Logging
package import Store
private import Synchronization

/// Tells the operator that Lago does not accept the key that the API asks with: at most once an hour, however many
/// requests meet it, and in however many processes.
package final class KeyAlarm: Sendable {
    /// Milliseconds from one mail to the next.
    private static let pause: Int64 = 3_600_000
    /// Milliseconds for which the store is not asked again.
    private static let rest: Int64 = 60_000

    private let store: Store
    private let outbox: Outbox
    private let logger: Logger
    private let now: @Sendable () -> Int64
    /// When the store was last asked; Unix milliseconds.
    private let askedAt = Mutex<Int64?>(nil)

    package init(store: Store, outbox: Outbox, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.outbox = outbox
        self.logger = logger
        self.now = now
    }

    /// Lago answered 401. Returns at once: the mail is queued without anybody waiting for it.
    package func raise() {
        let now = self.now()
        let isDue = self.askedAt.withLock { askedAt in
            // A clock that was set back holds nothing up.
            if let last = askedAt, last <= now, now - last < Self.rest { return false }
            askedAt = now
            return true
        }
        guard isDue else { return }
        self.store.submit { [outbox] transaction in
            if let last = try transaction.reached(.keyRefusedTold), last <= now, now - last < Self.pause { return }
            for alert in try outbox.keyRefused(at: now) { try transaction.send(alert, at: now) }
            try transaction.move(.keyRefusedTold, at: now)
        } failed: { [logger] error in
            logger.error("nobody was told that Lago refuses the key", metadata: ["error": "\(error)"])
        }
    }
}

extension Outbox {
    /// Lago does not take the key that the API's requests are passed on with.
    func keyRefused(at now: Int64) throws -> [OutgoingMessage] {
        try self.alert(
            AlertArguments(
                title: "Lago does not accept Sluice's key",
                whatHappened:
                    "Lago answered 401 to a request that the API passed on. Callers of the API are answered 502 "
                    + "(lago_unauthorized) for as long as it does.",
                whatToDo: "Set LAGO_API_KEY to a valid key of the organisation, and start Sluice again.",
                since: now
            ),
            fact: "key_refused/\(now)"
        )
    }
}
