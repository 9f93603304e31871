import Money
import Rules
import Testing

/// Readings with what a test does not care about filled in.
enum Sample {
    static func currency(_ code: String = "EUR") throws -> Currency { try #require(Currency(code)) }

    static func decimal(_ text: String) throws -> FixedDecimal { try #require(FixedDecimal(exactly: text)) }

    static func wallet(
        _ id: String,
        _ balance: Int64,
        _ code: String = "EUR",
        rate: String = "1",
        priority: Int = 50,
        createdAt: Int64 = 0,
        feeTypes: [String] = [],
        metrics: [String] = [],
        isActive: Bool = true,
        ongoing: Int64 = 0
    ) throws -> WalletReading {
        WalletReading(
            id: id,
            currency: try self.currency(code),
            balance: balance,
            rate: try self.decimal(rate),
            priority: priority,
            createdAt: createdAt,
            feeTypes: feeTypes,
            metricCodes: metrics,
            isActive: isActive,
            ongoingBalance: ongoing
        )
    }

    static func usage(
        _ charges: [UsageReading.Charge],
        _ code: String = "EUR",
        id: String = "sub",
        from: Int64 = 0,
        to: Int64 = 1_000_000,
        taxes: Int64 = 0,
        progressive: Int64 = 0,
        readAt: Int64 = 0
    ) throws -> UsageReading {
        UsageReading(
            subscriptionID: id,
            currency: try self.currency(code),
            from: from,
            to: to,
            charges: charges,
            taxes: taxes,
            invoicedProgressively: progressive,
            readAt: readAt
        )
    }

    static func charge(_ metric: String, _ amount: Int64, inAdvance: Bool = false) -> UsageReading.Charge {
        UsageReading.Charge(id: "charge-\(metric)", metricCode: metric, amount: amount, isPayInAdvance: inAdvance)
    }
}
