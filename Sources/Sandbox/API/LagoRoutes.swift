import Foundation
import Hummingbird

/// The part of Lago's REST API that concerns the organisation and its customers.
struct LagoRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("organizations", use: self.organization)
        group.get("analytics/mrr", use: self.recurringRevenue)
        group.get("webhooks/json_public_key", use: self.publicKey)
        group.get("webhooks/public_key", use: self.publicKeyText)
        group.get("customers", use: self.customers)
        group.post("customers", use: self.upsertCustomer)
        group.get("customers/:external_id", use: self.customer)
    }

    @Sendable
    private func organization(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        self.model.withLock { state in
            ["organization": state.organization.json(webhookURLs: state.endpoints.map(\.url))]
        }
    }

    /// What only a licensed Lago answers; there is no revenue here.
    @Sendable
    private func recurringRevenue(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        guard self.model.withLock({ $0.billing.isPremium }) else { throw LagoFailure.noLicence }
        return ["mrrs": []]
    }

    @Sendable
    private func publicKey(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        ["webhook": ["public_key": .string(self.model.withLock { $0.keys.servedPublicKey })]]
    }

    @Sendable
    private func publicKeyText(_ request: Request, context: SandboxContext) async throws -> String {
        self.model.withLock { $0.keys.servedPublicKey }
    }

    @Sendable
    private func customers(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = request.uri.queryParameters
        return try self.model.withLock { state throws(LagoFailure) in
            let page = Page(page: query["page"], perPage: query["per_page"])
            let (customers, meta) = try state.customers(query["external_id"], matching: query["search_term"], page)
            return ["customers": .array(customers.map { $0.restJSON(of: state.organization) }), "meta": meta]
        }
    }

    @Sendable
    private func customer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let externalID = try context.segment("external_id")
        return try self.model.withLock { state throws(LagoFailure) in
            ["customer": try state.customer(externalID: externalID).restJSON(of: state.organization)]
        }
    }

    @Sendable
    private func upsertCustomer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "customer")
        let (customer, isNew, organization) = try self.model.withLock { state throws(LagoFailure) in
            let (customer, isNew) = try state.upsertCustomer(body, at: self.now())
            return (customer, isNew, state.organization)
        }
        var object = customer.json(of: organization)
        object["integration_customers"] = []
        self.webhooks.announce(isNew ? .customerCreated : .customerUpdated, object: object)
        return ["customer": customer.restJSON(of: organization)]
    }
}

extension SandboxState {
    /// The page of those that a query asks for, newest first.
    fileprivate func customers(
        _ externalID: Substring?,
        matching term: Substring?,
        _ page: Page
    ) throws(LagoFailure) -> (items: [Customer], meta: JSONValue) {
        guard (externalID ?? term) != nil else { return try page.slice(self.customers.reversed()) }
        let named = externalID.map { self.customers.rows(in: String($0)) } ?? Array(self.customers.reversed())
        return try page.slice(named.filter { customer in term.map { customer.matches($0) } ?? true })
    }
}

extension Customer {
    /// Whether the search term is part of one of the fields that Lago searches.
    fileprivate func matches(_ term: Substring) -> Bool {
        let fields: [Text] = [.name, .firstname, .lastname, .legalName, .email]
        return ([self.externalID] + fields.compactMap { self.texts[$0] }).contains {
            $0.localizedCaseInsensitiveContains(term)
        }
    }
}
