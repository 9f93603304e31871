import Foundation
import Synchronization

/// Everything that the simulated Lago knows, one change at a time.
final class SandboxModel: Sendable {
    private let state: Mutex<SandboxState>

    init(_ state: SandboxState) { self.state = Mutex(state) }

    /// Reads or changes the state; no other thread sees it half changed.
    func withLock<Result: Sendable, Failure: Error>(
        _ body: (inout SandboxState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try self.state.withLock { state throws(Failure) in try body(&state) }
    }
}

/// The simulated Lago's data, as its database would hold it.
struct SandboxState: Sendable {
    let organization: Organization
    var customers = Table<Customer>()
    var wallets = Table<SandboxWallet>()
    /// What is for sale, and how it is billed.
    let billing: BillingRules
    var metrics: [BillableMetric] = []
    var plans: [Plan] = []
    var subscriptions = Table<Subscription>() {
        didSet {
            self.quietUntil = nil
            self.subscriptionLists = [:]
        }
    }
    /// Where those are that a query asked for, until one changes.
    var subscriptionLists: [String: [Int]] = [:]
    /// Before then, the clock calls for nothing about the subscriptions; nil where that is not known.
    var quietUntil: Date?
    var usage = UsageLog()
    /// `LAGO_EVENTS_BATCH_MAX_LENGTH`.
    var usageBatchLimit = 100
    var transactions = Table<WalletTransaction>()
    var invoices = Table<SandboxInvoice>()
    /// Whose PDF an address leads to, by the secret part of it.
    var documents: [String: String] = [:]
    /// No invoice that is not overdue yet becomes so before then.
    var overdueFrom = Date.distantFuture
    /// What Lago remembers of how many invoices there are, by filters.
    var invoiceTotals: [String: (count: Int, until: Date)] = [:]
    var creditNotes = Table<SandboxCreditNote>()
    var paymentRules: PaymentRules
    /// The provider's attempts to collect.
    var payments = Table<SandboxPayment>()
    /// Money that was taken, oldest first.
    var charges: [SandboxCharge] = []
    /// What is still to be done, by Lago or by the provider.
    var jobs: [DueJob] = []
    /// The webhooks that follow from what has changed; sent once the change is done.
    var news: [News] = []
    var endpoints: [WebhookEndpoint] = []
    var deliveries: DeliveryLog
    var faults = Faults()
    /// Who meets each request.
    var watcher: PassingRequest.Watcher?
    /// Who is told of each request once it is over.
    var listener: (@Sendable (AnsweredRequest) -> Void)?
    /// How often each call was made.
    var requests: [APICall: Int] = [:]
    var keys: WebhookKeys
    /// The last number given to a document.
    private var sequence = 0

    /// A webhook that is to be sent.
    struct News: Sendable {
        let type: LagoWebhook
        let object: JSONValue
    }

    /// A request's method, and its path after `/api/v1`.
    struct APICall: Hashable, Sendable {
        let method: String
        let path: String
    }

    init(
        organization: Organization,
        billing: BillingRules,
        payments: PaymentRules,
        keys: WebhookKeys,
        deliveriesKept: Int
    ) {
        self.organization = organization
        self.billing = billing
        self.paymentRules = payments
        self.keys = keys
        self.deliveries = DeliveryLog(limit: deliveriesKept)
    }

    mutating func nextSequence() -> Int {
        self.sequence += 1
        return self.sequence
    }
}

extension SandboxState {
    /// - Throws: `LagoFailure` 404 `customer_not_found`.
    func customer(externalID: String) throws(LagoFailure) -> Customer {
        guard let customer = self.knownCustomer(externalID) else { throw .notFound("customer") }
        return customer
    }

    func customer(of wallet: SandboxWallet) -> Customer? { self.customer(id: wallet.customerID) }

    func customer(id: String) -> Customer? { self.customers.row(id: id) }

    func knownCustomer(_ externalID: String?) -> Customer? {
        externalID.flatMap { self.customers.positions(in: $0).first }.map { self.customers[$0] }
    }

    /// The customer's wallet that would be used first: active, lowest priority number, oldest.
    func firstWallet(of customer: Customer) -> SandboxWallet? {
        self.wallets.rows(in: customer.id).filter { !$0.isTerminated }.min { $0.priority < $1.priority }
    }

    /// Creates or changes the customer that the body's `external_id` names.
    ///
    /// - Throws: `LagoFailure` 422; nothing has changed then.
    mutating func upsertCustomer(
        _ body: JSONValue,
        at now: Date
    ) throws(LagoFailure) -> (customer: Customer, isNew: Bool) {
        guard let externalID = body["external_id"]?.string, !externalID.isEmpty else {
            throw .validation(["external_id": ["value_is_mandatory"]])
        }
        if let index = self.customers.positions(in: externalID).first {
            try self.customers[index].apply(body, at: now)
            return (self.customers[index], false)
        }
        var customer = Customer(externalID: externalID, sequentialID: self.customers.count + 1, createdAt: now)
        try customer.apply(body, at: now)
        self.customers.append(customer)
        return (customer, true)
    }

    /// Adds an endpoint.
    ///
    /// - Throws: `LagoFailure` 422 when it is not valid, its URL is taken or there are ten already.
    mutating func addEndpoint(_ body: JSONValue, at now: Date) throws(LagoFailure) -> WebhookEndpoint {
        let endpoint = try WebhookEndpoint(body, at: now)
        try self.checkUnique(endpoint)
        guard self.endpoints.count < WebhookEndpoint.maximumCount else {
            throw .validation(["base": ["Maximum number of webhook endpoints was reached"]])
        }
        self.endpoints.append(endpoint)
        return endpoint
    }

    /// - Throws: `LagoFailure` 404 for an unknown id, 422 as for a new one.
    mutating func changeEndpoint(id: String, _ body: JSONValue) throws(LagoFailure) -> WebhookEndpoint {
        let index = try self.endpointIndex(id: id)
        var endpoint = self.endpoints[index]
        try endpoint.apply(body)
        try self.checkUnique(endpoint)
        self.endpoints[index] = endpoint
        return endpoint
    }

    /// - Throws: `LagoFailure` 404 for an unknown id.
    mutating func removeEndpoint(id: String) throws(LagoFailure) -> WebhookEndpoint {
        self.endpoints.remove(at: try self.endpointIndex(id: id))
    }

    /// - Throws: `LagoFailure` 404 for an unknown id.
    func endpoint(id: String) throws(LagoFailure) -> WebhookEndpoint {
        self.endpoints[try self.endpointIndex(id: id)]
    }

    private func endpointIndex(id: String) throws(LagoFailure) -> Int {
        guard let index = self.endpoints.firstIndex(where: { $0.id == id }) else {
            throw .notFound("webhook_endpoint")
        }
        return index
    }

    private func checkUnique(_ endpoint: WebhookEndpoint) throws(LagoFailure) {
        if self.endpoints.contains(where: { $0.url == endpoint.url && $0.id != endpoint.id }) {
            throw .validation(["webhook_url": ["value_already_exist"]])
        }
    }
}
