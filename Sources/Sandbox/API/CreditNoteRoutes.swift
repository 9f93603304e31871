import Foundation
import Hummingbird
import Money

/// `/credit_notes`: what was given back of invoices.
struct CreditNoteRoutes {
    let model: SandboxModel

    func add(to group: RouterGroup<SandboxContext>) {
        group.get("credit_notes", use: self.list)
        group.get("credit_notes/:lago_id", use: self.show)
    }

    /// Latest issuing date first; an unknown customer has none.
    @Sendable
    private func list(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let query = Query(request)
        let (from, end) = query.days("issuing_date")
        return try self.model.withLock { state throws(LagoFailure) in
            let customer = query["external_customer_id"].map { state.knownCustomer($0)?.id ?? "" }
            let found = state.creditNotes.chronology
                .slice(from: from, to: end) { state.creditNotes[$0].moment }
                .filter { position in
                    let note = state.creditNotes[position]
                    return (customer == nil || note.customerID == customer)
                        && query["reason"].map { note.reason == $0 } ?? true
                        && query["currency"].map { note.currency.code == $0 } ?? true
                        && query["invoice_number"].map { note.invoiceNumber == $0 } ?? true
                }
            let page = try query.page.slice(found.reversed())
            let objects = page.items.map { state.answer(state.creditNotes[$0]) }
            return ["credit_notes": .array(objects), "meta": page.meta]
        }
    }

    @Sendable
    private func show(_ request: Request, context: SandboxContext) async throws -> JSONValue {
        let id = try context.segment("lago_id")
        return try self.model.withLock { state throws(LagoFailure) in
            guard let note = state.creditNotes.row(id: id) else { throw .notFound("credit_note") }
            return ["credit_note": state.answer(note)]
        }
    }
}

extension SandboxState {
    func answer(_ note: SandboxCreditNote) -> JSONValue {
        var json = self.json(of: note)
        json["error_details"] = []
        return json
    }
}
