import Foundation
import Testing

@testable import LagoAPI

@Suite struct LagoTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("2026-08-01", 1_785_542_400_000),
            ("2026-08-01T07:30:09Z", 1_785_569_409_000), ("2026-08-01T07:30:09.5Z", 1_785_569_409_500),
            ("2026-08-01T07:30:09.123Z", 1_785_569_409_123), ("2026-08-01T07:30:09.123999Z", 1_785_569_409_123),
            ("2026-08-01T09:30:09+02:00", 1_785_569_409_000), ("2026-08-01T09:30:09.007+0200", 1_785_569_409_007),
            ("2026-08-01T02:00:09-05:30", 1_785_569_409_000), ("2026-08-01T07:30:09+00:00", 1_785_569_409_000),
            ("2024-02-29", 1_709_164_800_000), ("2000-02-29T23:59:60Z", 951_868_800_000),
            ("1969-12-31T23:59:59Z", -1000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)]
    )
    func `every form of a time is read`(text: String, milliseconds: Int64) {
        #expect(LagoTime.milliseconds(of: text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-8-1", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-04-31", "2026-08-00",
        "2026-08-01T24:00:00Z", "2026-08-01T07:60:00Z", "2026-08-01T07:30:61Z", "2026-08-01T07:30:09", "2026-08-01Z",
        "2026-08-01T07:30:09.Z", "2026-08-01T07:30:09+25:00", "2026-08-01T07:30:09+2", "2026-08-01 07:30:09Z",
        "2026-08-01T07:30:09Zulu", "1785569409",
    ])
    func `what is no time is none`(text: String) {
        #expect(LagoTime.milliseconds(of: text) == nil)
    }

    @Test(arguments: [0, -1, 1_785_569_409_007, 253_402_300_799_999, -86_400_001] as [Int64])
    func `a time that is written is read again`(milliseconds: Int64) {
        let text = LagoTime.text(of: milliseconds)
        #expect(text.count == 24 && LagoTime.milliseconds(of: text) == milliseconds)
    }

    /// Against Foundation, over every kind of year.
    @Test func `days come back as they went`() {
        let formatter = ISO8601DateFormatter()
        for day in stride(from: Int64(-141_427), through: 141_427, by: 61) {
            let milliseconds = day * 86_400_000
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds / 1000)))
            #expect(LagoTime.date(of: milliseconds) == text.prefix(10))
            #expect(LagoTime.date(of: milliseconds + 86_399_999) == text.prefix(10))
            #expect(LagoTime.milliseconds(of: text) == milliseconds)
        }
    }
}
