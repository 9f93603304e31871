import Rules
import Testing

struct DurationTextTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("15m", .seconds(900)),
        ("1h", .seconds(3600)), ("3d", .seconds(259_200)),
    ])
    func `durations are read and written alike`(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
        #expect(DurationText.format(duration) == text)
    }

    @Test(arguments: ["", "1", "s", "1.5s", "-1s", "1 s", "1w", "99999999999999999d", "٣s"])
    func `what is no duration is none`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [("1h", Int64(3_600_000)), ("0s", 0), ("500ms", 500), ("364d", 31_449_600_000)])
    func `milliseconds are whole`(text: String, milliseconds: Int64) {
        #expect(DurationText.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["365d", "9223372036854775807ms", "1", "soon"])
    func `what is no duration, or endless, has none`(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }
}
