import Foundation

/// Who and what one webhook is about: the source of the values for a template's gaps.
struct WebhookScene {
    let organization: Organization
    let issuer: String
    let customer: Customer
    let wallet: SandboxWallet?
    /// A number that no other webhook has, for document numbers.
    let sequence: Int
    let now: Date
    /// Makes the ids of this webhook's new objects: one name, one id.
    private let seed = LagoID.new()

    init(
        organization: Organization,
        issuer: String,
        customer: Customer,
        wallet: SandboxWallet?,
        sequence: Int,
        now: Date
    ) {
        self.organization = organization
        self.issuer = issuer
        self.customer = customer
        self.wallet = wallet
        self.sequence = sequence
        self.now = now
    }

    /// - Throws: `SandboxError.noWallet` when the customer has none, `.unknownTemplate` for a name that is not known.
    func value(for name: String) throws(SandboxError) -> JSONValue {
        switch name {
        case "organization.id": .string(self.organization.id)
        case "organization.billing_entity": .string(self.organization.billingEntity)
        case "issuer": .string(self.issuer)
        case "sequence": .string(String(format: "%03d", self.sequence))
        case "now": .string(LagoTime.seconds(self.now))
        case "now.ms": .string(LagoTime.milliseconds(self.now))
        case "today": .string(LagoTime.day(self.now))
        case "in_fifteen_days": .string(LagoTime.day(self.now.addingTimeInterval(15 * 86_400)))
        case "month.first": .string(LagoTime.day(LagoTime.firstOfMonth(self.now)))
        case "month.last": .string(LagoTime.day(LagoTime.lastOfMonth(self.now)))
        case "last_month.first": .string(LagoTime.day(LagoTime.firstOfMonth(self.lastMonth)))
        case "last_month.last": .string(LagoTime.day(self.lastMonth))
        case "customer": self.customer.json(of: self.organization)
        case "customer.id": .string(self.customer.id)
        case "customer.external_id": .string(self.customer.externalID)
        case "customer.name": .text(self.customer.texts[.name])
        case "customer.email": .text(self.customer.texts[.email])
        case "customer.currency": .string(self.customer.texts[.currency] ?? self.organization.defaultCurrency)
        case "customer.provider_customer_id": .text(self.customer.billing.providerCustomerID)
        case "customer.slug": .string(self.customer.slug(of: self.organization))
        case "subscription.id": .string(LagoID.stable("subscription " + self.customer.id))
        case "subscription.external_id": .string("sub_" + self.customer.externalID)
        case "wallet": try self.ownWallet().webhookJSON(customer: self.customer, of: self.organization)
        case "wallet.nested": try self.ownWallet().nestedJSON(customer: self.customer, of: self.organization)
        case "wallet.id": .string(try self.ownWallet().id)
        case _ where name.hasPrefix("new."): .string(LagoID.stable(self.seed + name))
        default: throw .unknownTemplate(name)
        }
    }

    /// The last day of the month before.
    private var lastMonth: Date { LagoTime.firstOfMonth(self.now).addingTimeInterval(-86_400) }

    private func ownWallet() throws(SandboxError) -> SandboxWallet {
        guard let wallet = self.wallet else { throw .noWallet(customer: self.customer.externalID) }
        return wallet
    }
}
