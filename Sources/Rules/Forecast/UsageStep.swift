/// What an account showed at one look, as far as usage can be told from it.
///
/// - Unit: minor units; `at` in Unix milliseconds.
struct UsageLook: Hashable, Codable, Sendable {
    let at: Int64
    let settled: Int64
    /// What is used and not billed: the settled balance less the live one. After a recount it stays where it was, so that
    /// what comes back is not counted twice.
    let unbilled: Int64

    init(settled: Int64, live: Int64, at: Int64) {
        self.init(settled: settled, unbilled: Int64(clamping: Int128(settled) - Int128(live)), at: at)
    }

    init(settled: Int64, unbilled: Int64, at: Int64) {
        self.at = at
        self.settled = settled
        self.unbilled = unbilled
    }
}

/// What two looks in a row say about the time between them.
///
/// Top-ups, voids and expiring wallets move the settled balance and the live one alike, and leave unbilled usage as
/// it is: its growth is what was used, whatever came in meanwhile. Where it shrinks it was billed, and what was used
/// meanwhile cannot be told from a base fee on the same invoice: that time is left out.
enum UsageStep: Hashable {
    /// - Parameters:
    ///   - used: how much unbilled usage grew.
    ///   - drawn: how much the settled balance fell while it grew: charges that are paid in advance, or something
    ///     that happens once (a void, a fee, a wallet that expired).
    case known(used: Int64, drawn: Int64)
    /// Usage went down a little: Lago counted again.
    case recount
    case unknown

    /// Longer gaps may hide an invoice and a top-up behind one balance that moved.
    static let longestMoved: Int64 = 2 * 3_600_000

    init(from before: UsageLook, to after: UsageLook) {
        let moved = Int128(after.settled) - Int128(before.settled)
        let used = Int128(after.unbilled) - Int128(before.unbilled)
        if moved != 0, Int128(after.at) - Int128(before.at) > Self.longestMoved {
            self = .unknown
        } else if used >= 0 {
            self = .known(used: Int64(clamping: used), drawn: Int64(clamping: max(-moved, 0)))
        } else if moved >= 0, -used <= max(2, Int128(before.unbilled) / 10) {
            self = .recount
        } else {
            self = .unknown
        }
    }
}
