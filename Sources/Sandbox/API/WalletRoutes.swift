import Foundation
import Hummingbird
import Money

/// `/wallets`: the wallets of all customers, and of one.
struct WalletRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("wallets", use: self.list)
        group.post("wallets", use: self.create)
        group.get("wallets/:lago_id", use: self.show)
        group.put("wallets/:lago_id", use: self.update)
        group.delete("wallets/:lago_id", use: self.terminate)
        group.get("customers/:external_id/wallets", use: self.listOfCustomer)
        group.post("customers/:external_id/wallets", use: self.create)
    }

    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        return try self.list(query, customer: query["external_customer_id"])
    }

    @Sendable
    private func listOfCustomer(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        try self.list(Query(request), customer: try context.segment("external_id"))
    }

    private func list(_ query: Query, customer externalID: String?) throws(LagoFailure) -> JSONValue {
        try self.model.withLock { state throws(LagoFailure) in
            let (wallets, meta) = try state.wallets(of: externalID, in: query["currency"], query.page)
            return ["wallets": .array(wallets.compactMap { state.json(of: $0) }), "meta": meta]
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            state.answer(state.wallets[try state.walletIndex(id: id)])
        }
    }

    @Sendable
    private func create(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "wallet")
        let customer = context.parameters.get("external_id") == nil ? nil : try context.segment("external_id")
        return try self.webhooks.change { state throws(LagoFailure) in
            let wallet = try state.createWallet(body, for: customer, at: self.now())
            // The answer shows the wallet before the job has filled it.
            let answer = state.answer(wallet)
            state.fillWallet(wallet.id, body, at: self.now())
            return answer
        }
    }

    @Sendable
    private func update(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        let body = try await request.json(root: "wallet")
        return try self.webhooks.change { state throws(LagoFailure) in
            state.answer(try state.updateWallet(id: id, body, at: self.now()))
        }
    }

    @Sendable
    private func terminate(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.webhooks.change { state throws(LagoFailure) in
            state.answer(try state.terminateWallet(id: id, at: self.now()))
        }
    }
}

extension SandboxState {
    /// The page of all wallets, or of a customer's, newest first.
    fileprivate func wallets(
        of externalID: String?,
        in currency: String?,
        _ page: Page
    ) throws(LagoFailure) -> (items: [SandboxWallet], meta: JSONValue) {
        guard (externalID ?? currency) != nil else { return try page.slice(self.wallets.reversed()) }
        let wallets: [SandboxWallet]
        if let externalID {
            wallets = self.wallets.rows(in: try self.customer(externalID: externalID).id)
        } else {
            wallets = Array(self.wallets)
        }
        return try page.slice(wallets.reversed().filter { currency == nil || $0.currency.code == currency })
    }

    fileprivate func json(of wallet: SandboxWallet) -> JSONValue? {
        self.customer(of: wallet).map { wallet.restJSON(customer: $0, of: self.organization) }
    }

    fileprivate func answer(_ wallet: SandboxWallet) -> JSONValue {
        ["wallet": self.json(of: wallet) ?? .null]
    }
}
