internal import Money

extension Notice {
    private static let sampleDay: Int64 = 86_400_000

    /// One of each kind about subscriptions, wallets and credits, with everything in it.
    static func completeSubscriptionSamples(link: String, now: Int64, euros: (Int64) -> Amount) -> [Notice] {
        let subscription = Subscription(customerName: "Ada Lovelace", planName: "Pro", billingURL: link)
        return [
            .subscriptionStarted(
                SubscriptionStarted(
                    subscription: subscription,
                    startedAt: now,
                    trialEndsAt: now + 14 * Self.sampleDay
                )
            ),
            .subscriptionEnding(SubscriptionEnding(subscription: subscription, endsAt: now + 15 * Self.sampleDay)),
            .subscriptionEnded(
                SubscriptionEnded(subscription: subscription, endedAt: now, nextPlanName: "Enterprise")
            ),
            .trialEnded(TrialEnded(subscription: subscription, endedAt: now)),
            .usageThresholdReached(
                UsageThresholdReached(
                    subscription: subscription,
                    thresholdName: "First level",
                    threshold: euros(10_000),
                    used: euros(10_342)
                )
            ),
            .walletTerminated(
                WalletTerminated(
                    customerName: "Ada Lovelace",
                    walletName: "Prepaid",
                    left: .both(FixedDecimal(units: 450_000), euros(450)),
                    billingURL: link
                )
            ),
            .creditsExpiring(
                CreditsExpiring(
                    customerName: "Ada Lovelace",
                    credits: .both(FixedDecimal(units: 12_050_000), euros(12_050)),
                    expiresAt: now + 7 * Self.sampleDay,
                    now: now,
                    billingURL: link
                )
            ),
        ]
    }

    /// The same with the least.
    static func bareSubscriptionSamples(link: String, now: Int64, euros: (Int64) -> Amount) -> [Notice] {
        let subscription = Subscription(customerName: nil, planName: "Pro", billingURL: link)
        return [
            .subscriptionStarted(SubscriptionStarted(subscription: subscription)),
            .subscriptionEnding(SubscriptionEnding(subscription: subscription, endsAt: now + 45 * Self.sampleDay)),
            .subscriptionEnded(SubscriptionEnded(subscription: subscription)),
            .trialEnded(TrialEnded(subscription: subscription)),
            .usageThresholdReached(UsageThresholdReached(subscription: subscription, threshold: euros(10_000))),
            .walletTerminated(WalletTerminated(customerName: nil, billingURL: link)),
            .creditsExpiring(
                CreditsExpiring(
                    customerName: nil,
                    credits: .credits(FixedDecimal(units: 100_000)),
                    expiresAt: now + Self.sampleDay,
                    now: now,
                    billingURL: link
                )
            ),
        ]
    }
}
