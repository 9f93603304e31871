import Foundation
import LagoAPI
import Money
import TestSupport
import Testing

@Suite struct LagoObjectTests {
    // MARK: - Lago's own examples

    private static let examples = URL(filePath: #filePath)
        .appending(path: "../../../../shared/lago-webhook-examples.json").standardizedFileURL

    private static var hasExamples: Bool {
        FileManager.default.fileExists(atPath: Self.examples.path(percentEncoded: false))
    }

    /// The payloads of the webhooks whose name begins so, each with its webhook's name.
    private static func payloads(_ prefix: String, _ member: String) throws -> [(String, [UInt8])] {
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: Self.examples)) as? [String: [String: Any]]
        return try (all ?? [:]).filter { $0.key.hasPrefix(prefix) && $0.value["object_type"] as? String == member }
            .map { ($0.key, [UInt8](try JSONSerialization.data(withJSONObject: $0.value[member] ?? [:]))) }
    }

    @Test(.enabled(if: Self.hasExamples)) func `every example of a wallet is read`() throws {
        let payloads = try Self.payloads("wallet.", "wallet")
        #expect(payloads.count == 4)
        for (name, json) in payloads {
            let wallet = try LagoWallet(json: json)
            #expect(wallet.rate == FixedDecimal("1.0"), "\(name)")
            #expect(wallet.externalCustomerID == "cust_042" && wallet.currency.code == "EUR", "\(name)")
            #expect(wallet.isActive == (name != "wallet.terminated"), "\(name)")
            #expect((wallet.terminatedAt != nil) == (name == "wallet.terminated"), "\(name)")
            #expect(wallet.json == json)
        }
    }

    @Test(.enabled(if: Self.hasExamples)) func `every example of a transaction is read`() throws {
        let payloads = try Self.payloads("wallet_transaction.", "wallet_transaction")
        #expect(payloads.count == 3)
        for (name, json) in payloads {
            let transaction = try LagoWalletTransaction(json: json)
            let isOutbound = name.contains("outbound")
            #expect(transaction.direction == (isOutbound ? "outbound" : "inbound"), "\(name)")
            #expect(transaction.metadata?["topup_key"] == (isOutbound ? nil : "auto-2026-08-01-0007"), "\(name)")
            #expect(transaction.amount > .zero && transaction.credits > .zero, "\(name)")
            #expect((transaction.settledAt != nil) == (transaction.status == "settled"), "\(name)")
        }
    }

    @Test(.enabled(if: Self.hasExamples)) func `every example of an invoice is read`() throws {
        let payloads = try Self.payloads("invoice.", "invoice")
        #expect(payloads.count == 8)
        for (name, json) in payloads {
            let invoice = try LagoInvoice(json: json)
            #expect(invoice.externalCustomerID == "cust_042" && invoice.currency.code == "EUR", "\(name)")
            #expect(LagoInvoice.Status(rawValue: invoice.status) != nil, "\(name)")
            #expect(LagoInvoice.PaymentStatus(rawValue: invoice.paymentStatus) != nil, "\(name)")
            #expect(LagoInvoice.Kind(rawValue: invoice.kind) != nil, "\(name)")
            #expect(invoice.issuingDate == 1_785_542_400_000, "\(name)")
        }
        let created = try LagoInvoice(json: try #require(payloads.first { $0.0 == "invoice.created" }).1)
        #expect(created.totals.totalCents == 511 && created.totals.prepaidCreditCents == 2500)
        #expect(created.billingPeriods?.first?.chargesFrom == 1_782_864_000_000)
        #expect(created.billingPeriods?.first?.chargesTo == 1_785_542_399_000)
        #expect(created.subscriptions?.map(\.externalID) == ["sub_042"])
    }

    @Test(.enabled(if: Self.hasExamples)) func `every example of a customer and of a subscription is read`() throws {
        let customers = try Self.payloads("customer.", "customer")
        #expect(customers.count == 3)
        for (name, json) in customers {
            let customer = try LagoCustomer(json: json)
            #expect(customer.externalID == "cust_042" && customer.documentLocale == "en", "\(name)")
            #expect(customer.email == "billing@borealis.example,cfo@borealis.example", "\(name)")
            #expect(customer.createdAt == 1_772_442_845_000, "\(name)")
        }
        let subscriptions = try Self.payloads("subscription.", "subscription")
        #expect(subscriptions.count == 6)
        for (name, json) in subscriptions {
            let subscription = try LagoSubscription(json: json)
            #expect(subscription.externalCustomerID == "cust_042" && subscription.planCode != "", "\(name)")
            #expect(subscription.startedAt == 1_772_443_200_000, "\(name)")
            #expect(subscription.isActive == (name != "subscription.terminated"), "\(name)")
            if let plan = subscription.plan {
                #expect(plan.charges.map(\.metricCode) == ["api_calls"], "\(name)")
                #expect(plan.charges.allSatisfy { !$0.isPaidInAdvance }, "\(name)")
            }
        }
    }

    // MARK: - Old versions, odd values

    private static let wallet = """
        {"lago_id":"w","external_customer_id":"c","status":"active","currency":"HUF","rate_amount":"1.0",
         "credits_balance":"12345678901234.56789","balance_cents":12,"ongoing_balance_cents":-3,
         "created_at":"2026-03-02T09:20:00Z"}
        """

    @Test func `a wallet of an old version lacks what came later`() throws {
        let wallet = try LagoWallet(json: Array(Self.wallet.utf8))
        #expect(wallet.priority == 50 && wallet.code == nil && wallet.credits.consumed == nil)
        #expect(wallet.credits.balance == FixedDecimal(units: 1_234_567_890_123_456_789))
        #expect(wallet.restriction.isNone && !wallet.hasThresholdRule)
        #expect(wallet.currency.subunits == 1)
        #expect(wallet.expiresAt == nil && wallet.lastBalanceSyncAt == nil && wallet.paidTopUpMinimumCents == nil)
    }

    @Test func `a wallet tells its restriction, its limits and Lago's own rules`() throws {
        let more = """
            ,"applies_to":{"fee_types":["charge"],"billable_metric_codes":["api_calls"]},"priority":7,
            "paid_top_up_min_amount_cents":500,"paid_top_up_max_amount_cents":null,"terminated_at":"2026-03-02T09:20:00.250Z",
            "recurring_transaction_rules":[{"trigger":"interval"},{"trigger":"threshold","status":"STATUS"}]}
            """
        for (status, isLive) in [("active", true), ("terminated", false)] {
            let text = Self.wallet.dropLast() + more.replacing("STATUS", with: status)
            let wallet = try LagoWallet(json: Array(text.utf8))
            #expect(wallet.restriction.feeTypes == ["charge"] && wallet.restriction.metricCodes == ["api_calls"])
            #expect(!wallet.restriction.isNone && wallet.priority == 7)
            #expect(wallet.paidTopUpMinimumCents == 500 && wallet.paidTopUpMaximumCents == nil)
            #expect(wallet.terminatedAt == 1_772_443_200_250)
            #expect(wallet.hasThresholdRule == isLive)
        }
    }

    @Test(
        arguments: [
            (#""balance_cents":12"#, #""balance_cents":"12""#, nil),
            (#""balance_cents":12"#, #""balance_cents":12.0"#, nil),
            (#""rate_amount":"1.0""#, #""rate_amount":1.0"#, nil),
            (#""rate_amount":"1.0""#, #""rate_amount":1e-5"#, nil),
            (
                #""balance_cents":12"#, #""balance_cents":12.5"#,
                "wallet.balance_cents is a number, but not a whole number"
            ),
            (#""balance_cents":12"#, #""balance_cents":true"#, "wallet.balance_cents is a boolean, but not a whole"),
            (#""balance_cents":12"#, #""balance_cents":null"#, "wallet.balance_cents is null, but not a whole number"),
            (#""balance_cents":12"#, #""balance":12"#, "wallet.balance_cents is missing"),
            (#""currency":"HUF""#, #""currency":"FORINT""#, "wallet.currency is a text, but not a currency's code"),
            (#""currency":"HUF""#, #""currency":{"HUF":1}"#, "wallet.currency is an object, but not a currency's code"),
            (#""created_at":"2"#, #""created_at":"x2"#, "wallet.created_at is a text, but not a time"),
            (
                #""credits_balance":"1"#, #""credits_balance":"999999999999999999"#,
                "wallet.credits_balance is a text, but"
            ),
            (
                #""status":"active""#, #""status":"active","applies_to":[]"#,
                "wallet.applies_to is a list, not an object"
            ),
            (
                #""status":"active""#, #""status":"active","applies_to":{"fee_types":["a",5]}"#,
                "wallet.applies_to.fee_types is a list, but not a list of texts"
            ),
        ] as [(String, String, String?)]
    )
    func `a field of another kind is named, with its object and what was found`(
        field: String,
        instead: String,
        words: String?
    ) throws {
        let text = Self.wallet.replacing(field, with: instead)
        #expect(text != Self.wallet)
        var thrown: LagoError?
        do throws(LagoError) {
            _ = try LagoWallet(json: Array(text.utf8))
        } catch {
            thrown = error
        }
        #expect(
            thrown.map { "\($0)".contains(words ?? "no failure is expected") } ?? (words == nil),
            "\(thrown as Any)"
        )
    }

    @Test func `a transaction without metadata is one of a Lago that has none`() throws {
        let text = """
            {"lago_id":"t","lago_wallet_id":"w","status":"pending","transaction_status":"purchased",
             "transaction_type":"inbound","amount":"50.0","credit_amount":"50.0","created_at":"2026-08-01T07:30:09Z"MORE}
            """
        let old = try LagoWalletTransaction(json: Array(text.replacing("MORE", with: "").utf8))
        #expect(old.metadata == nil && old.remainingAmountCents == nil && old.source == nil)
        let pairs = #","metadata":[{"key":"a","value":"1"},{"key":"b","value":null},{"key":"a","value":"2"}]"#
        let new = try LagoWalletTransaction(json: Array(text.replacing("MORE", with: pairs).utf8))
        #expect(new.metadata == ["a": "1", "b": ""])
    }
}
