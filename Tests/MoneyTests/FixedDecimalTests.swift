import Money
import Testing

struct FixedDecimalTests {
    @Test(arguments: [
        ("42.5", "42.5"), ("0", "0.0"), ("-5.3", "-5.3"), ("10.000009", "10.0"), ("0.00001", "0.00001"),
        ("-0.5", "-0.5"), ("1000000.10", "1000000.1"), ("-9999999999999.999999", "-9999999999999.99999"),
        ("007", "7.0"),
    ])
    func `decimals are cut to five places and written plainly`(text: String, written: String) throws {
        #expect(try #require(FixedDecimal(text)).description == written)
    }

    @Test(arguments: [
        "", "-", ".", ".5", "5.", "1e3", "1,5", "--1", "+1", "1.2.3", " 1", "1.-2", "٣", "99999999999999",
    ])
    func `what is no decimal is nil`(text: String) {
        #expect(FixedDecimal(text) == nil)
    }

    @Test(arguments: [
        ("10.005", "1.0", "EUR", 1_001), ("10.005", "1.0", "JPY", 10), ("0.5", "1.0", "JPY", 1),
        ("3.0", "0.3333", "USD", 100), ("-10.005", "1.0", "EUR", -1_001), ("1.0005", "1.0", "KWD", 1_001),
        ("1.5", "1.0", "HUF", 2),
    ])
    func `credits become minor units, rounded half up`(
        credits: String,
        rate: String,
        currency: String,
        cents: Int64
    ) throws {
        let credits = try #require(FixedDecimal(credits))
        let currency = try #require(Currency(currency))
        #expect(credits.cents(rate: try #require(FixedDecimal(rate)), currency: currency) == cents)
    }

    @Test(arguments: [("10", true), ("10.00005", true), ("10.000050", true), ("10.000055", false), ("", false)])
    func `what would have to be cut off is refused where it must be exact`(text: String, isTaken: Bool) {
        #expect((FixedDecimal(exactly: text) != nil) == isTaken)
    }
}

struct CurrencyTests {
    @Test(arguments: [
        ("EUR", -1_250, "-12.50 EUR"), ("jpy", 1_200, "1200 JPY"), ("HUF", 7, "7 HUF"), ("KWD", 1, "0.001 KWD"),
        ("CLF", 12_345, "1.2345 CLF"), ("MRO", 6, "1.2 MRO"),
    ])
    func `an amount is written with the minor units that Lago counts`(code: String, minor: Int64, text: String) throws {
        #expect(Amount(minorUnits: minor, currency: try #require(Currency(code))).description == text)
    }

    @Test(arguments: ["", "EU", "EURO", "E1R", "€€€"])
    func `what is no code is nil`(text: String) {
        #expect(Currency(text) == nil)
    }
}
