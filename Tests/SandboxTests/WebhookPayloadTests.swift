import Foundation
import Testing

@testable import Sandbox

struct WebhookPayloadTests {
    /// The payload of one webhook, made without any socket.
    private func object(_ type: LagoWebhook, variant: String? = nil) throws -> JSONValue {
        var configuration = SandboxConfiguration()
        configuration.now = { Date(timeIntervalSince1970: 1_785_571_200) }
        let keys = WebhookKeys(rsa: try rsaKey.get(), hmac: configuration.hmacKey)
        let state = SandboxState(seededFrom: configuration, keys: keys)
        let customer = try #require(state.customers.first)
        let scene = WebhookScene(
            organization: state.organization,
            issuer: configuration.issuer,
            customer: customer,
            wallet: state.firstWallet(of: customer),
            sequence: 7,
            now: configuration.now()
        )
        return try WebhookTemplate(type, variant: variant).object(in: scene)
    }

    private static let withoutCustomer: Set<LagoWebhook> = [
        .billableMetricCreated, .billableMetricUpdated, .billableMetricDeleted, .featureCreated, .featureUpdated,
        .featureDeleted, .planCreated, .planUpdated, .planDeleted, .eventError, .eventsErrors, .feeTaxProviderError,
        .integrationProviderError, .paymentProviderError,
    ]

    @Test func `Lago registers 75 types`() {
        #expect(LagoWebhook.allCases.count == 75)
        #expect(LagoWebhook.allCases.filter { $0.payloadName != $0.rawValue } == [.creditNoteProviderRefundFailure])
    }

    @Test(arguments: LagoWebhook.allCases)
    func `every type has an object without gaps, about its customer`(type: LagoWebhook) throws {
        let object = try self.object(type)
        let text = object.railsText
        #expect(try JSONValue(parsing: text.utf8) == object)
        #expect(!text.contains(/\{[a-z_.]+\}/))
        let customerID = LagoID.stable("customer cust_borealis")
        let namesCustomer = text.contains("cust_borealis") || text.contains(customerID)
        #expect(namesCustomer != Self.withoutCustomer.contains(type) || type == .eventError)
    }

    @Test(arguments: LagoWebhook.allCases)
    func `the keys of a type come in the same order each time`(type: LagoWebhook) throws {
        func keys(_ json: JSONValue) -> [String] {
            switch json {
            case .object(let object): object.members.flatMap { [$0.key] + keys($0.value) }
            case .array(let elements): elements.flatMap(keys)
            default: []
            }
        }
        #expect(try keys(self.object(type)) == keys(self.object(type)))
    }

    /// Where the receiver looks for the customer, by the kind of object.
    @Test(arguments: [
        (LagoWebhook.alertTriggered, ["external_customer_id"]), (.customerUpdated, ["external_id"]),
        (.customerCRMProviderError, ["external_customer_id"]), (.customerViesCheck, ["external_id"]),
        (.creditNoteGenerated, ["customer", "external_id"]), (.feeCreated, ["external_customer_id"]),
        (.dunningCampaignFinished, ["external_customer_id"]), (.invoiceDeleted, ["customer", "external_id"]),
        (.invoicePaymentDisputeLost, ["invoice", "customer", "external_id"]),
        (.invoicePaymentFailure, ["external_customer_id"]), (.paymentSucceeded, ["external_customer_id"]),
        (.paymentReceiptGenerated, ["payment", "external_customer_id"]),
        (.paymentRequestCreated, ["customer", "external_id"]), (.subscriptionCanceled, ["customer", "external_id"]),
        (.subscriptionIncomplete, ["external_customer_id"]), (.walletTerminated, ["external_customer_id"]),
        (.walletTransactionUpdated, ["wallet", "external_customer_id"]),
        (.walletTransactionPaymentFailure, ["external_customer_id"]),
    ])
    func `the customer stands where Lago puts it`(type: LagoWebhook, path: [String]) throws {
        let found = path.reduce(try self.object(type) as JSONValue?) { $0?[$1] }
        #expect(found == "cust_borealis")
    }

    @Test func `a wallet's payload shows what the wallet holds now`() throws {
        let wallet = try self.object(.walletUpdated)
        #expect(wallet["credits_balance"] == "120.0")
        #expect(wallet["balance_cents"] == 12_000)
        #expect(wallet["ongoing_balance_cents"] == 9_470)
        #expect(wallet["credits_ongoing_usage_balance"] == "25.3")
        #expect(wallet["recurring_transaction_rules"] == [])
        #expect(try self.object(.walletDepletedOngoingBalance)["recurring_transaction_rules"] == nil)
        #expect(try self.object(.walletTerminated)["status"] == "terminated")
    }

    @Test func `dates are about now`() throws {
        let period = try #require(try self.object(.invoiceCreated)["billing_periods"]?.array?.first)
        #expect(period["subscription_from_datetime"] == "2026-08-01T00:00:00Z")
        #expect(period["subscription_to_datetime"] == "2026-08-31T23:59:59Z")
        #expect(period["charges_from_datetime"] == "2026-07-01T00:00:00Z")
        #expect(period["charges_to_datetime"] == "2026-07-31T23:59:59Z")
        #expect(try self.object(.subscriptionTerminationAlert)["ending_at"] == "2026-08-16T00:00:00Z")
        #expect(try self.object(.invoiceCreated)["issuing_date"] == "2026-08-01")
    }

    @Test func `variants are other payloads of the same type`() throws {
        #expect(try self.object(.walletTransactionCreated)["transaction_type"] == "inbound")
        #expect(try self.object(.walletTransactionCreated, variant: "outbound")["transaction_type"] == "outbound")
        #expect(throws: SandboxError.unknownTemplate("webhooks/fee.created.odd")) {
            try self.object(.feeCreated, variant: "odd")
        }
    }

    @Test func `new objects have ids of their own, the same wherever one payload repeats them`() throws {
        let first = try self.object(.invoiceCreated)
        let second = try self.object(.invoiceCreated)
        #expect(first["lago_id"] != second["lago_id"])
        #expect(first["fees"]?.array?.first?["lago_invoice_id"] == first["lago_id"])
        #expect(first["number"] == "ACM-7C11-001-007")
    }
}
