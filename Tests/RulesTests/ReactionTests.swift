import LagoEvents
import Rules
import Testing

@Suite struct ReactionTests {
    @Test(arguments: [
        "wallet.updated", "wallet_transaction.created", "invoice.created", "subscription.started", "customer.updated",
        "payment.succeeded", "fee.created", "credit_note.created", "alert.triggered",
    ])
    func `what may have moved a balance calls for a look`(type: String) {
        let customer = CustomerID(rawValue: "a.b@c")
        #expect(Reaction(to: WebhookType(rawValue: type), customer: customer) == .look(at: customer))
        #expect(Reaction(to: WebhookType(rawValue: type), customer: nil) == .nothing)
    }

    @Test(arguments: ["plan.updated", "quote.created", "customer.crm_provider_error", "dunning_campaign.finished", "x"])
    func `what cannot have moved a balance calls for nothing`(type: String) {
        let customer = CustomerID(rawValue: "user_1")
        #expect(Reaction(to: WebhookType(rawValue: type), customer: customer) == .nothing)
        #expect(Reaction(to: nil, customer: customer) == .nothing)
    }
}
