import Money
import Testing

@testable import LagoAPI

@Suite struct ExactNumberTests {
    @Test(
        arguments: [
            ("0.1", 10_000, "0.1"), ("1e-5", 1, "0.00001"), ("12345678901234.56789", 1_234_567_890_123_456_789, nil),
            ("-5.3", -530_000, nil), ("42", 4_200_000, "42.0"), ("0.0", 0, nil), ("-0.0", 0, "0.0"), ("0", 0, "0.0"),
            ("0.425e2", 4_250_000, "42.5"), ("4.2E+3", 420_000_000, "4200.0"), ("1.000019", 100_001, nil),
            ("-1.000019", -100_001, nil), ("0.000001", 0, nil), ("10.50000", 1_050_000, "10.5"),
            ("0.00000000000000000000000000001", 0, nil), ("00012.5", 1_250_000, "12.5"),
            ("92233720368547.75807", Int64.max, nil), ("-92233720368547.75808", Int64.min, nil),
            ("92233720368547.75808", nil, nil),
            ("123456789012345678901234567890", nil, "123456789012345678901234567890.0"),
            ("123456789012345678901234567890.123456789", nil, nil),
            ("1e30", nil, "1" + String(repeating: "0", count: 30) + ".0"),
            ("0e300", 0, "0.0"),
        ] as [(String, Int64?, String?)]
    )
    func `a number keeps every digit, and is cut off at the fifth decimal only`(
        text: String,
        units: Int64?,
        plain: String?
    ) throws {
        let number = try #require(ExactNumber(text))
        #expect(number.fixed?.units == units)
        #expect(number.text == plain ?? text)
    }

    @Test(
        arguments: [
            ("1050", 1050), ("-20", -20), ("1050.0", 1050), ("1.05e3", 1050), ("1050.5", nil), ("1e-1", nil),
            ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("1e19", nil),
        ] as [(String, Int64?)]
    )
    func `a whole number is exact or none`(text: String, value: Int64?) throws {
        #expect(try #require(ExactNumber(text)).integer == value)
    }

    @Test(arguments: [
        "", "-", ".5", "5.", "+1", "1,5", "1 000", "NaN", "Infinity", "0x10", "1e", "1e99999", "1e401", "--1", "١",
        String(repeating: "1", count: 401),
    ])
    func `what is no number is none`(text: String) {
        #expect(ExactNumber(text) == nil)
    }

    /// Each number is written with random digits, exponent and zeros, and compared with what its digits say.
    @Test func `the same number is read the same in all its spellings`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let units = Int64.random(in: -9_000_000_000_000_000...9_000_000_000_000_000, using: &random)
            let value = FixedDecimal(units: units)
            let shift = Int.random(in: -8...8, using: &random)
            let zeros = String(repeating: "0", count: Int.random(in: 0...20, using: &random))
            let spellings = ["\(value)", "\(value)\(zeros)", "\(units)e-5", "\(units).\(zeros)0E-5"]
            let shifted = shift < 0 ? "\(units)\(String(repeating: "0", count: -shift))e\(shift - 5)" : "\(units)e-05"
            for text in spellings + [shifted] {
                #expect(ExactNumber(text)?.fixed == value, "\(text)")
            }
        }
    }
}
