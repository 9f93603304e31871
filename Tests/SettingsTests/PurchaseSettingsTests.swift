import Money
import Settings
import Testing

@Suite struct PurchaseSettingsTests {
    private static func settings(_ environment: [String: String]) async throws -> (PurchaseSettings, [String]) {
        var source = try await SettingsSource(environment: environment)
        let settings = PurchaseSettings(&source)
        return (settings, source.problems.map(\.key))
    }

    @Test func `by default a credit is a dollar or a euro`() async throws {
        let (settings, problems) = try await Self.settings([:])
        #expect(problems == [])
        #expect(
            Dictionary(uniqueKeysWithValues: settings.rates.map { ($0.code, $1.description) }) == [
                "USD": "1.0", "EUR": "1.0",
            ]
        )
        #expect(settings.maximum.description == "10000.0")
        #expect(settings.presets.map(\.description) == ["10.0", "25.0", "50.0", "100.0"])
    }

    @Test func `prices, the largest purchase and what is offered are the operator's`() async throws {
        let (settings, problems) = try await Self.settings(
            ["WALLET_RATES": "chf:0.25, JPY: 3", "PURCHASE_MAX": "99.5", "PURCHASE_PRESETS": "5, 99.5"]
        )
        #expect(problems == [])
        #expect(settings.rates.keys.map(\.code).sorted() == ["CHF", "JPY"])
        #expect(settings.maximum.description == "99.5" && settings.presets.map(\.description) == ["5.0", "99.5"])
    }

    @Test(arguments: [
        ("WALLET_RATES", "USD"), ("WALLET_RATES", "USD:0"), ("WALLET_RATES", "USD:-1"), ("WALLET_RATES", "USD:1,USD:2"),
        ("WALLET_RATES", "USD:1,"), ("WALLET_RATES", "DOLLAR:1"), ("WALLET_RATES", "USD:0.000001"),
        ("PURCHASE_MAX", "0"), ("PURCHASE_MAX", "many"), ("PURCHASE_PRESETS", "0"), ("PURCHASE_PRESETS", "10,x"),
        ("PURCHASE_PRESETS", "10001"), ("PURCHASE_PRESETS", ","),
    ])
    func `what cannot be used is named`(key: String, value: String) async throws {
        #expect(try await Self.settings([key: value]).1 == [key])
    }
}
