/// A moment that was written down by a clock that may have been set back since.
///
/// A moment that lies ahead is one that passed, but nobody knows when. It counts as the moment at which it was
/// first found ahead: too late rather than too early, so that a limit holds no shorter than it should, and yet ends.
package struct ClockTime: Hashable, Sendable {
    /// As it was written down, in Unix milliseconds.
    package let at: Int64
    /// When it was first found to lie ahead; to be kept beside it.
    package let foundAheadAt: Int64?

    package init(_ at: Int64, foundAheadAt: Int64? = nil) {
        self.at = at
        self.foundAheadAt = foundAheadAt
    }

    /// The moment as it counts now; never ahead.
    package func counted(at now: Int64) -> Int64 {
        self.at <= now ? self.at : min(self.foundAheadAt ?? now, now)
    }

    /// The same moment as it is to be kept; it differs only where it lies ahead, and that is news.
    package func noticed(at now: Int64) -> ClockTime {
        ClockTime(self.at, foundAheadAt: self.at > now ? self.counted(at: now) : self.foundAheadAt)
    }
}
