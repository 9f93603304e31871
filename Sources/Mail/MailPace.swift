private import Synchronization

/// `SMTP_MAX_PER_MINUTE`: at most so many mails in any sixty seconds. Kept in memory: a restart forgets.
package final class MailPace: Sendable {
    private let maximumPerMinute: Int?
    /// When the last mails were handed in, oldest first; never more than the maximum.
    private let handedIn = Mutex<[ContinuousClock.Instant]>([])

    /// - Parameter maximumPerMinute: at least 1; nil for no limit.
    package init(maximumPerMinute: Int?) {
        precondition(maximumPerMinute ?? 1 > 0, "a pace needs to be positive")
        self.maximumPerMinute = maximumPerMinute
    }

    /// How long until there will be a place; nil when there is one. Takes none.
    package func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let maximum = self.maximumPerMinute else { return nil }
        return self.handedIn.withLock { times in
            guard let first = times.first, times.count >= maximum, first + .seconds(60) > now else { return nil }
            return now.duration(to: first + .seconds(60))
        }
    }

    /// Takes a place now, or says how long until there will be one.
    package func take(at now: ContinuousClock.Instant) -> Duration? {
        guard let maximum = self.maximumPerMinute else { return nil }
        return self.handedIn.withLock { times in
            if let first = times.first, times.count >= maximum {
                let free = first + .seconds(60)
                guard free <= now else { return now.duration(to: free) }
                times.removeFirst()
            }
            times.append(now)
            return nil
        }
    }
}
