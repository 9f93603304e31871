package import Foundation
package import Money
package import Signatures

/// How the simulated Lago is set up.
package struct SandboxConfiguration: Sendable {
    /// A customer that exists from the start, with one wallet.
    package struct SeedCustomer: Sendable {
        package var externalID: String
        package var name: String
        /// One address, or several with commas between them.
        package var email: String?
        package var currency: String
        /// What the wallet holds, in credits at 1.0 major unit each, as decimal text; nil for no wallet.
        package var credits: String?
        /// Usage that is not billed yet, in minor units.
        package var ongoingUsageCents: Int64
        /// `stripe`, or nil for a customer that pays by hand.
        package var paymentProvider: String?

        package init(
            externalID: String,
            name: String,
            email: String?,
            currency: String = "EUR",
            credits: String? = "100.0",
            ongoingUsageCents: Int64 = 0,
            paymentProvider: String? = "stripe"
        ) {
            self.externalID = externalID
            self.name = name
            self.email = email
            self.currency = currency
            self.credits = credits
            self.ongoingUsageCents = ongoingUsageCents
            self.paymentProvider = paymentProvider
        }
    }

    /// What becomes of charges to customers who have a payment provider.
    package enum Payments: String, Sendable, CaseIterable {
        /// Nothing: a payment stays pending until the invoice is marked.
        case wait
        case succeed, decline
        /// The customer's bank asks for a confirmation: the payment stays pending until the customer pays by the link.
        case needsAction = "needs_action"
    }

    package var host = "127.0.0.1"
    /// 0 takes any free port, which `Sandbox.port` tells.
    package var port = 0
    package var organizationID = "0c7d6a52-51f4-4d0b-9a3e-6d1f0a9b7c11"
    package var organizationName = "Acme"
    package var apiKey = "sandbox-api-key"
    /// A UUID's text, as Lago's interface shows it.
    package var hmacKey = "5f0c6b8e-2d31-4a97-b6c4-9e1d7f3a8b20"
    /// The key pair of the installation; nil makes a new one, which takes a good part of a second.
    package var rsaKey: RSAPrivateKey?
    /// The `iss` of signed webhooks: `LAGO_API_URL` of Lago's worker, not necessarily where the API is.
    package var issuer = "http://localhost:3000"
    /// What `GET /health` says; answers follow it where Lago's versions differ.
    package var version = "1.51.0"
    /// `LAGO_WEBHOOK_ATTEMPTS`: attempts in total.
    package var webhookAttempts = 3
    /// `LAGO_WEBHOOK_TIMEOUT_SECONDS`: how long a receiver may take to answer.
    package var webhookTimeout = Duration.seconds(30)
    /// How many times shorter the waits between attempts are; above zero.
    package var webhookRetryCompression = 1.0
    /// How many settled deliveries are remembered.
    package var deliveriesKept = 10_000
    /// How long a billing period is; nil for calendar months in UTC.
    package var periodLength: Duration?
    /// How long after a period's end its invoice is made: ten minutes at Lago.
    package var billingDelay = Duration.seconds(600)
    /// The organisation's tax on every fee but those of credits, in per cent.
    package var taxPercent = FixedDecimal.zero
    /// Whether ongoing balances are refreshed with each usage event, as under a licence.
    package var isPremium = false
    /// Whether a customer may have wallets and subscriptions in different currencies, as after 1.51.
    package var allowsSeveralCurrencies = false
    /// Whether `GET /invoices` counts every half an hour only, as from 1.45 on.
    package var cachesInvoiceTotals = false
    package var payments = Payments.wait
    /// How long the provider takes to answer.
    package var paymentDelay = Duration.zero
    /// How long after a purchase of credits Lago makes its invoice; nil where the job that does has died.
    package var creditInvoiceDelay: Duration? = .zero
    /// How long Lago takes to make an invoice's PDF; nil where it never does.
    package var documentDelay: Duration? = .zero
    /// Bytes that a PDF has at least: real ones carry fonts and logos.
    package var documentSize = 0
    package var customers = SandboxConfiguration.demoCustomers
    /// Things per second that happen by themselves, mostly usage; nil for none.
    package var lifePerSecond: Double?
    package var now: @Sendable () -> Date = { Date() }
    /// From 0 to 1: jitter, faults by rate, and what happens next in the life mode.
    package var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    package init() {}

    /// Three customers: one well supplied, one running low, one without a payment provider.
    package static let demoCustomers = [
        SeedCustomer(
            externalID: "cust_borealis",
            name: "Borealis GmbH",
            email: "billing@borealis.example",
            credits: "120.0",
            ongoingUsageCents: 2_530
        ),
        SeedCustomer(
            externalID: "cust_marisol",
            name: "Marisol & Søn ApS",
            email: "finance@marisol.example",
            credits: "12.5",
            ongoingUsageCents: 480
        ),
        SeedCustomer(
            externalID: "cust_tanuki",
            name: "株式会社タヌキ",
            email: "keiri@tanuki.example",
            currency: "JPY",
            credits: "5000.0",
            ongoingUsageCents: 900,
            paymentProvider: nil
        ),
    ]
}
