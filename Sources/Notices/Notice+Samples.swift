private import Money

extension Notice {
    /// A notice of each kind with everything in it, then each with the least: for checks, previews and tests.
    package static let samples: [Notice] = Self.completeSamples + Self.bareSamples

    /// The complete sample of a kind; nil for a kind that has no templates.
    package static func sample(of kind: MessageKind) -> Notice? {
        Self.completeSamples.first { $0.kind == kind }
    }

    /// 22 November 2026, 14:05 UTC.
    private static let sampleNow: Int64 = 1_795_356_300_000
    private static let sampleLink = "https://billing.example.com/account/cust_1"

    private static var completeSamples: [Notice] {
        let balance = Balance.both(FixedDecimal(units: 450_000), Self.euros(450))
        return [
            .lowBalance(
                LowBalance(
                    customerName: "Ada Lovelace",
                    balance: balance,
                    threshold: .credits(FixedDecimal(units: 500_000)),
                    runOut: Self.runOut(days: 3, 2.5, 3.5),
                    now: Self.sampleNow,
                    billingURL: Self.sampleLink
                )
            ),
            .balanceRecovered(
                BalanceRecovered(
                    customerName: "Ada Lovelace",
                    balance: .both(FixedDecimal(units: 12_050_000), Self.euros(12_050)),
                    threshold: .credits(FixedDecimal(units: 2_000_000)),
                    runOut: Self.runOut(days: 80, 55, 145),
                    now: Self.sampleNow,
                    billingURL: Self.sampleLink
                )
            ),
            .operatorAlert(
                OperatorAlert(
                    title: "Mail is paused",
                    whatHappened: "The mail server refused our login: 535 5.7.8 authentication failed.",
                    whatToDo: "Correct the user name and password in SMTP_URL, then restart Sluice.",
                    since: Self.sampleNow,
                    link: "https://billing.example.com/admin/mail"
                )
            ),
        ] + Self.completeTopUpSamples(link: Self.sampleLink, now: Self.sampleNow, euros: Self.euros)
            + Self.completeInvoiceSamples(link: Self.sampleLink, euros: Self.euros)
            + Self.completeSubscriptionSamples(link: Self.sampleLink, now: Self.sampleNow, euros: Self.euros)
            + Self.completeDigestSamples(link: Self.sampleLink, now: Self.sampleNow)
    }

    private static var bareSamples: [Notice] {
        [
            .lowBalance(
                LowBalance(
                    customerName: nil,
                    balance: .money(Self.euros(0)),
                    threshold: .timeLeft(.seconds(3 * 86_400)),
                    now: Self.sampleNow,
                    billingURL: Self.sampleLink
                )
            ),
            .balanceRecovered(
                BalanceRecovered(
                    customerName: nil,
                    balance: .money(Self.euros(12_050)),
                    threshold: .share(FixedDecimal(units: 1_000_000)),
                    now: Self.sampleNow,
                    billingURL: Self.sampleLink
                )
            ),
            .operatorAlert(OperatorAlert(title: "Mail is paused", whatHappened: "The mail server does not answer.")),
        ] + Self.bareTopUpSamples(link: Self.sampleLink, euros: Self.euros)
            + Self.bareInvoiceSamples(link: Self.sampleLink, euros: Self.euros)
            + Self.bareSubscriptionSamples(link: Self.sampleLink, now: Self.sampleNow, euros: Self.euros)
            + Self.bareDigestSamples(link: Self.sampleLink, now: Self.sampleNow)
    }

    private static func runOut(days: Double, _ earliest: Double, _ latest: Double) -> RunOut {
        let at = [days, earliest, latest].map { Self.sampleNow + Int64($0 * 86_400_000) }
        return RunOut(at: at[0], earliest: at[1], latest: at[2])
    }

    private static func euros(_ cents: Int64) -> Amount {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return Amount(minorUnits: cents, currency: euro)
    }
}
