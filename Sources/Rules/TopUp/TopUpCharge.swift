internal import Money

extension TopUpDecision.Charge {
    /// What `amount` comes to at a wallet: in whole minor units, as Lago charges no others, and within the wallet's limits.
    ///
    /// - Parameter held: live and pending credits, from which a refill starts.
    /// - Returns: nil where there is nothing to charge, or no amount fits.
    init?(
        _ amount: TopUpAmount,
        held: FixedDecimal,
        wallet: TopUpAccount.Wallet,
        currency: Currency
    ) {
        guard wallet.rate > .zero else { return nil }
        let price = Price(rate: wallet.rate, currency: currency)
        let wanted =
            switch amount {
            case .fixed(let credits): credits
            case .refill(let target): price.credits(worth: price.centsCovering(target.adding(held.negated)))
            }
        guard wanted > .zero else { return nil }
        var (credits, clamp) = (wanted, TopUpDecision.Clamp?.none)
        if let minimum = wallet.minimum, price.cents(wanted) < minimum {
            (credits, clamp) = (price.credits(worth: minimum), .init(limit: .minimum, wanted: wanted))
        } else if let maximum = wallet.maximum, price.cents(wanted) > maximum {
            (credits, clamp) = (price.credits(within: maximum), .init(limit: .maximum, wanted: wanted))
        }
        let cents = price.cents(credits)
        guard cents > 0, cents >= wallet.minimum ?? 0, cents <= wallet.maximum ?? .max else { return nil }
        self.init(
            credits: credits,
            money: Amount(minorUnits: cents, currency: currency),
            walletID: wallet.id,
            clamp: clamp
        )
    }
}

/// Credits and money at a wallet, by Lago's rounding (`lago.md` 4.2): half of a minor unit is rounded up.
private struct Price {
    let rate: FixedDecimal
    let currency: Currency

    func cents(_ credits: FixedDecimal) -> Int64 { credits.cents(rate: self.rate, currency: self.currency) }

    /// Minor units that are worth at least so many credits.
    func centsCovering(_ credits: FixedDecimal) -> Int64 {
        guard credits > .zero else { return 0 }
        let scale: Int128 = 10_000_000_000  // two numbers of five decimals
        let product = Int128(credits.units) * Int128(self.rate.units) * Int128(self.currency.subunits)
        return Int64(clamping: (product + scale - 1) / scale)
    }

    /// Credits that cost so much; a little more where no number of five decimals does.
    func credits(worth cents: Int64) -> FixedDecimal {
        let nearest = FixedDecimal(cents: cents, rate: self.rate, currency: self.currency)
        return self.cents(nearest) < cents ? nearest.adding(.smallest) : nearest
    }

    /// Credits that cost so much; a little less where no number of five decimals does.
    func credits(within cents: Int64) -> FixedDecimal {
        let nearest = FixedDecimal(cents: cents, rate: self.rate, currency: self.currency)
        return self.cents(nearest) > cents ? nearest.adding(.smallest.negated) : nearest
    }
}

extension FixedDecimal {
    fileprivate static let smallest = FixedDecimal(units: 1)
    fileprivate var negated: FixedDecimal { FixedDecimal(units: self.units == .min ? .max : -self.units) }
}
