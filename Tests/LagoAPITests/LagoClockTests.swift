import Foundation
import TestSupport
import Testing

@testable import LagoAPI

/// Lago's own time.
@Suite struct LagoClockTests {
    @Test(
        arguments: [
            ("Sun, 22 Nov 2026 20:15:30 GMT", 1_795_378_530_000), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599_000),
            ("", nil), ("22 Nov 2026 20:15:30 GMT", nil), ("Sun, 22 Nov 2026 20:15:30 CET", nil),
            ("Sun, 22 Nov 2026 20:15 GMT", nil), ("Sun, 22 Wox 2026 20:15:30 GMT", nil), ("2026-11-22T20:15:30Z", nil),
        ] as [(String, Int64?)]
    )
    func `a date is read, and nothing else`(text: String, time: Int64?) {
        #expect(LagoClock.milliseconds(text) == time)
    }

    @Test func `time is told by answers, whatever they are, and goes on between them`() async throws {
        try await withLago { request in
            let isGood = request.target.hasSuffix("organizations")
            return (isGood ? 200 : 500, [("Date", "Sun, 22 Nov 2026 20:15:\(isGood ? "30" : "40") GMT")], "{}")
        } during: { lago in
            #expect(lago.time == nil)
            _ = try? await lago.organization()
            let first = try #require(lago.time)
            // Years from this machine's clock, or not: only the answer counts.
            #expect((1_795_378_530_000..<1_795_378_540_000).contains(first))
            #expect(await eventually { lago.time.map { $0 > first + 20 } ?? false })
            _ = try? await lago.customer(externalID: "c")
            #expect(try #require(lago.time) >= 1_795_378_540_000)
        }
    }

    @Test func `where Lago tells no time, this machine's stands for it`() async throws {
        try await withLago { _ in
            (200, [], "{}")
        } during: { lago in
            _ = try? await lago.organization()
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let time = try #require(lago.time)
            #expect(abs(time - now) < 60_000)
        }
    }
}
