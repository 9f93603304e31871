import Foundation
import Jobs
import LagoAPI
import LagoEvents
import Notices
import Signatures
import Store
import TestSupport
import Testing
import Transport
import Worker

/// From each webhook that Lago knows to the mails that it makes.
@Suite(.timeLimit(.minutes(5))) struct AnnouncementTableTests {
    /// What follows from each example, by its name: mails by kind, or none.
    static let expected: [String: [String]] = [
        "invoice.created": ["invoice_issued"],
        "invoice.one_off_created": ["invoice_issued"],
        "invoice.payment_status_updated": ["top_up_succeeded"],
        "invoice.payment_overdue": ["payment_overdue"],
        "invoice.payment_failure": ["top_up_failed"],
        "invoice.voided": ["invoice_voided"],
        "payment.requires_action": ["top_up_action_required"],
        "credit_note.created": ["credit_note_issued"],
        "subscription.started": ["subscription_started"],
        "subscription.terminated": ["subscription_ended"],
        "subscription.termination_alert": ["subscription_ending"],
        "subscription.trial_ended": ["trial_ended"],
        "subscription.usage_threshold_reached": ["usage_threshold_reached"],
        "wallet.terminated": ["wallet_terminated"],
        // To the operator.
        "invoice.payment_dispute_lost": ["operator_alert"],
        "customer.payment_provider_error": ["operator_alert"],
        "credit_note.refund_failure": ["operator_alert"],
        "payment_request.payment_failure": ["operator_alert"],
        "events.errors": ["operator_alert"],
        "event.error": ["operator_alert"],
        "dunning_campaign.finished": ["operator_alert"],
        // Variants.
        "an invoice that prepaid credits paid": ["invoice_issued"],
        "an invoice for nothing": [],
        "a draft": [],
        "a paid invoice": ["payment_received"],
        "an invoice of zero, marked as paid": [],
        "a payment that failed": ["payment_failed"],
        "a pending subscription that is cancelled": [],
        "a voided purchase of credits": [],
        "an overdue purchase of credits": [],
    ]

    private static let regular = "d93f408a-506e-4eb1-9429-8fa0b1c2d361"

    static let variants: [(name: String, of: String, changes: [String: any Sendable])] = [
        (
            "an invoice that prepaid credits paid", "invoice.created",
            [
                "total_amount_cents": 0, "total_due_amount_cents": 0, "prepaid_credit_amount_cents": 3011,
                "payment_status": "succeeded",
            ]
        ),
        (
            "an invoice for nothing", "invoice.created",
            [
                "total_amount_cents": 0, "total_due_amount_cents": 0, "prepaid_credit_amount_cents": 0,
                "sub_total_including_taxes_amount_cents": 0, "payment_status": "succeeded",
            ]
        ),
        ("a draft", "invoice.created", ["status": "draft"]),
        (
            "a paid invoice", "invoice.payment_status_updated",
            ["lago_id": Self.regular, "invoice_type": "subscription", "total_amount_cents": 511]
        ),
        (
            "an invoice of zero, marked as paid", "invoice.payment_status_updated",
            ["invoice_type": "subscription", "total_amount_cents": 0]
        ),
        ("a payment that failed", "invoice.payment_failure", ["lago_invoice_id": Self.regular]),
        ("a pending subscription that is cancelled", "subscription.terminated", ["status": "canceled"]),
        ("a voided purchase of credits", "invoice.voided", ["invoice_type": "credit"]),
        ("an overdue purchase of credits", "invoice.payment_overdue", ["invoice_type": "credit"]),
    ]

    /// Whom each type is told to, at the most; what is left out is nobody's mail.
    static let told: [String: String] = [
        "invoice.created": "customer", "invoice.one_off_created": "customer", "invoice.voided": "customer",
        "invoice.payment_status_updated": "customer", "invoice.payment_failure": "customer",
        "invoice.payment_overdue": "customer", "payment.requires_action": "customer", "credit_note.created": "customer",
        "subscription.started": "customer", "subscription.termination_alert": "customer",
        "subscription.terminated": "customer", "subscription.trial_ended": "customer",
        "subscription.usage_threshold_reached": "customer", "wallet.terminated": "customer",
        "customer.accounting_provider_error": "operator", "customer.crm_provider_error": "operator",
        "customer.payment_provider_error": "operator", "customer.tax_provider_error": "operator",
        "fee.tax_provider_error": "operator", "integration.provider_error": "operator",
        "payment_provider.error": "operator", "credit_note.provider_refund_failure": "operator",
        "credit_note.refund_failure": "operator", "invoice.payment_dispute_lost": "operator",
        "payment_request.payment_failure": "operator", "dunning_campaign.finished": "operator",
        "event.error": "operator", "events.errors": "operator",
    ]

    @Test(arguments: WebhookType.known.sorted()) func `every type is told to somebody, or to nobody for a reason`(
        type: String
    ) {
        switch WebhookRule(WebhookType(rawValue: type)) {
        case .customer(let kinds): #expect(Self.told[type] == "customer" && !kinds.isEmpty)
        case .operators(let title): #expect(Self.told[type] == "operator" && !title.isEmpty)
        case .nobody(let reason):
            #expect(Self.told[type] == nil)
            #expect(!reason.isEmpty && !reason.contains("does not know"), "the reason is the type's own")
        }
    }

    @Test func `a type that is new to this version is told to nobody`() {
        let rule = WebhookRule(WebhookType(rawValue: "wallet.teleported"))
        #expect(rule == .nobody(because: "of a type that this version does not know"))
    }

    @Test(arguments: [1, 2, 3])
    func `each example makes its mails once, in any order and however often it comes`(seed: UInt64) async throws {
        let lago = try ExampleLago(variants: Self.variants)
        #expect(lago.examples.count == 45 + Self.variants.count)
        try await lago.running { client in
            var fixture = try WorkerFixture()
            let (looks, engine) = (fixture.looks(client), try TransferEngine())
            fixture.handlers = try await fixture.tellingHandlers(looks, engine: engine)
            // Twice each: once more under the same key, or the same body under another one, or told anew after a while.
            var dice = SplitMix64(seed: seed)
            let copies = lago.examples.map { (example: $0, again: false) }.shuffled(using: &dice)
            for copy in copies { try await fixture.record(copy.example, key: "first/\(copy.example.name)") }
            try await fixture.quieten()
            for copy in copies.shuffled(using: &dice) {
                let isNewKey = Bool.random(using: &dice)
                try await fixture.record(copy.example, key: "\(isNewKey ? "second" : "first")/\(copy.example.name)")
            }
            try await fixture.quieten()

            let messages = try await fixture.store.messages(limit: 10_000)
            for example in lago.examples {
                let own = messages.filter { $0.customer == example.customer && $0.state == .sent }.map(\.kind)
                let expected = (Self.expected[example.name] ?? []).filter { $0 != "operator_alert" }
                #expect(own == expected, "\(example.name)")
                let others = messages.filter { $0.customer == example.customer && $0.state != .sent }
                #expect(others.isEmpty, "\(example.name): \(others.map { $0.reason ?? $0.state.rawValue })")
            }
            // The first alert goes by itself or with those that wait; a digest stands for the rest.
            let alerts = messages.filter { $0.kind == "operator_alert" }
            let told = Self.expected.values.count { $0 == ["operator_alert"] }
            #expect(alerts.count == told && Set(alerts.map(\.fact)).count == told)
            await engine.shutdown()
        }
    }
}

extension WorkerFixture {
    func looks(_ client: LagoClient) -> Looks {
        Looks(
            reader: BalanceReader(client: client, now: Self.now),
            store: self.store,
            fresh: FreshReadings()
        )
    }

    /// Mail is told of and sent to the folder; balances are not looked at.
    func tellingHandlers(
        _ looks: Looks,
        engine: TransferEngine,
        environment: [String: String] = [:],
        now: @escaping @Sendable () -> Int64 = Self.now
    ) async throws -> [JobKind: JobHandler] {
        [
            .look: { _ in JobOutcome(.succeeded) },
            .topUp: { _ in JobOutcome(.succeeded) },
            .tell: Announcer(
                store: self.store,
                looks: looks,
                outbox: try await self.outbox(),
                logger: quietLogger,
                now: now
            ).callAsFunction,
            .mail: try await self.mailHandler(looks, engine: engine, environment: environment, now: now)
                .callAsFunction,
        ]
    }

    func record(_ example: ExampleLago.Example, key: String) async throws {
        let delivery = Delivery(
            key: EventKey(rawValue: key),
            envelope: Envelope(body: example.body),
            digest: try SHA256.digest(of: example.body),
            body: example.body,
            receivedAt: Self.now()
        )
        _ = try await self.store.write { try $0.record(delivery) }
    }
}
