import Foundation
import Hummingbird

/// `/wallet_transactions`: top-ups, voids, and what billing took.
struct TransactionRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.post("wallet_transactions", use: self.create)
        group.get("wallet_transactions/:lago_id", use: self.show)
        group.get("wallets/:lago_id/wallet_transactions", use: self.list)
    }

    @Sendable
    private func create(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let body = try await request.json(root: "wallet_transaction")
        return try self.webhooks.change { state throws(LagoFailure) in
            let created = try state.createTransactions(body, at: self.now())
            state.invoicePurchases(created, at: self.now())
            return ["wallet_transactions": .array(created.map { state.json(of: $0) })]
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            guard let transaction = state.transactions.row(id: id) else {
                throw .notFound("wallet_transaction")
            }
            var json = state.json(of: transaction)
            json["applied_invoice_custom_sections"] = []
            return ["wallet_transaction": json]
        }
    }

    /// Newest first; a filter with a value that does not exist is ignored.
    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        let query = Query(request)
        let status = query["status"].flatMap(WalletTransaction.Status.init(rawValue:))
        let kind = query["transaction_status"].flatMap(WalletTransaction.Kind.init(rawValue:))
        let isInbound = ["inbound": true, "outbound": false][query["transaction_type"] ?? ""]
        return try self.model.withLock { state throws(LagoFailure) in
            let wallet = state.wallets[try state.walletIndex(id: id)]
            let metadata = state.billing.filtersByMetadata ? query.pairs("metadata") : [:]
            let found = state.transactions.rows(in: wallet.id).reversed().filter {
                (status == nil || $0.status == status) && (kind == nil || $0.kind == kind)
                    && (isInbound == nil || $0.kind.isInbound == isInbound) && $0.matches(metadata)
            }
            let page = try query.page.slice(found)
            return ["wallet_transactions": .array(page.items.map { state.json(of: $0) }), "meta": page.meta]
        }
    }
}

extension SandboxState {
    fileprivate func json(of transaction: WalletTransaction) -> JSONValue {
        guard let wallet = self.wallets.row(id: transaction.walletID) else { return .null }
        return transaction.json(of: self.organization, rate: wallet.rate)
    }
}
