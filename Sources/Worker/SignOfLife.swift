internal import ServiceLifecycle
package import Store

/// A stretch in which no worker ran: what happened in it, or before it, may be no news any more.
package struct Outage: Hashable, Sendable {
    /// Facts older than this mail nobody, in milliseconds.
    private static let tooOld: Int64 = 72 * 3_600_000

    /// When it ended, in Unix milliseconds. What is from before that is from before it began: a sign of life is up to a
    /// minute old when a process ends, so its beginning is not known as well.
    private let until: Int64

    /// Nil when it was short.
    ///
    /// - Parameters:
    ///   - since: the last sign of life; nil for a new file.
    ///   - until: when this worker started.
    package init?(since: Int64?, until: Int64) {
        guard let since, until - since > Self.tooOld else { return nil }
        self.until = until
    }

    /// Whether something of this time is from before the outage: a restored file, a machine that was off for a week.
    func isTooOld(_ time: Int64) -> Bool { time < self.until }
}

/// Writes down every minute that a worker runs.
package struct SignOfLife: Service {
    private let store: Store
    private let now: @Sendable () -> Int64

    package init(store: Store, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                // A store that cannot be written says so elsewhere.
                _ = try? await self.store.write { [now = self.now()] in try $0.move(.alive, at: now) }
            } while (try? await Task.sleep(for: .seconds(60))) != nil
        }
    }
}
