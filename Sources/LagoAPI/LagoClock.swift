private import Foundation
private import Synchronization

/// Lago's own time, as its answers tell it and as it has passed since: setting this machine's clock does not move it.
final class LagoClock: Sendable {
    private struct Reading {
        /// Unix milliseconds.
        let time: Int64
        let at: ContinuousClock.Instant
    }

    private let last = Mutex<Reading?>(nil)

    /// Unix milliseconds; nil before the first answer that says a time.
    var now: Int64? {
        self.last.withLock { reading in
            reading.map { $0.time + Int64((ContinuousClock.now - $0.at) / .milliseconds(1)) }
        }
    }

    /// Takes in the `Date` of an answer, of whole seconds. Where Lago gives none, as without a proxy before it, this machine's
    /// time of the first answer stands for it.
    func note(_ header: String?) {
        let time = header.flatMap(Self.milliseconds)
        self.last.withLock { reading in
            guard time != nil || reading == nil else { return }
            reading = Reading(time: time ?? Int64(Date().timeIntervalSince1970 * 1000), at: .now)
        }
    }

    /// Reads `Sun, 22 Nov 2026 20:15:30 GMT` (RFC 9110, 5.6.7).
    static func milliseconds(_ text: String) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(
            year: year,
            month: month + 1,
            day: day,
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
        return calendar.date(from: components).map { Int64($0.timeIntervalSince1970) * 1000 }
    }
}
