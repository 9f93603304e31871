import Foundation
import Money
import Testing

struct ArithmeticTests {
    @Test(arguments: [
        ("2", "3", "6.0"), ("0.00001", "0.5", "0.00001"), ("0.00001", "0.49999", "0.0"),
        ("-0.00001", "0.5", "-0.00001"),
        ("1.5", "-1.5", "-2.25"), ("9999999999999", "9999999999999", "92233720368547.75807"),
    ])
    func `products are rounded to five decimals, half away from zero`(left: String, right: String, product: String)
        throws
    {
        let result = try #require(FixedDecimal(left)).multiplied(by: try #require(FixedDecimal(right)))
        #expect(result.description == product)
    }

    @Test(arguments: [
        ("1", "3", "0.33333"), ("2", "3", "0.66667"), ("-2", "3", "-0.66667"), ("0.00001", "2", "0.00001"),
        ("0.00001", "-2", "-0.00001"), ("0.00001", "3", "0.0"), ("7", "0.00001", "700000.0"),
    ])
    func `quotients are rounded to five decimals, half away from zero`(
        dividend: String,
        divisor: String,
        quotient: String
    ) throws {
        let result = try #require(FixedDecimal(dividend)).divided(by: try #require(FixedDecimal(divisor)))
        #expect(try #require(result).description == quotient)
    }

    @Test func `nothing is divided by zero, and a sum beyond all numbers stays at the last one`() {
        #expect(FixedDecimal(units: 1).divided(by: .zero) == nil)
        #expect(FixedDecimal(units: .max).adding(FixedDecimal(units: 1)).units == .max)
        #expect(FixedDecimal(units: .min).adding(FixedDecimal(units: -1)).units == .min)
    }

    @Test func `amounts of one currency add up`() throws {
        let euro = try #require(Currency("EUR"))
        let (left, right) = (Amount(minorUnits: 1_250, currency: euro), Amount(minorUnits: 2_000, currency: euro))
        #expect(try left + right == Amount(minorUnits: 3_250, currency: euro))
        #expect(try left - right == Amount(minorUnits: -750, currency: euro))
        #expect(try left + .zero(euro) == left)
    }

    @Test func `amounts of two currencies, or beyond 64 bits, are refused in plain words`() throws {
        let (euro, yen) = (try #require(Currency("EUR")), try #require(Currency("JPY")))
        let most = Amount(minorUnits: .max, currency: euro)
        #expect(throws: MoneyError.currenciesDiffer(euro, yen)) { try most + .zero(yen) }
        #expect(throws: MoneyError.outOfRange) { try most + Amount(minorUnits: 1, currency: euro) }
        #expect(MoneyError.currenciesDiffer(euro, yen).description == "EUR and JPY cannot be added up")
    }

    @Test func `an amount beyond all decimals is held at the largest`() throws {
        #expect(Amount(minorUnits: .max, currency: try #require(Currency("JPY"))).major.units == .max)
    }

    @Test func `a currency is kept as its code, and what is none is refused`() throws {
        let euro = try #require(Currency("eur"))
        #expect(try String(decoding: JSONEncoder().encode([euro]), as: UTF8.self) == #"["EUR"]"#)
        #expect(try JSONDecoder().decode([Currency].self, from: Data(#"["EUR"]"#.utf8)) == [euro])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Currency].self, from: Data(#"["E1"]"#.utf8)) }
    }
}

struct ApportionmentTests {
    @Test(
        arguments: [
            (100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (5, [1, 3], [1, 4]),
            (3, [3, 3, 5], [1, 1, 1]),
            (7, [0, 0], [7, 0]), (7, [-5, 2], [0, 7]), (0, [4, 2], [0, 0]), (9, [], []),
            (.max, [.max, .max], [Int64.max / 2 + 1, Int64.max / 2]),
        ] as [(Int64, [Int64], [Int64])]
    )
    func `parts add up, and leftovers go to who lost most`(total: Int64, weights: [Int64], parts: [Int64]) {
        #expect(Apportionment.split(total, by: weights) == parts)
    }
}
