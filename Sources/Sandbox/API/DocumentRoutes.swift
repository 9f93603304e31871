import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The PDFs of invoices and credit notes: made when they are asked for, and read without a key.
struct DocumentRoutes {
    let model: SandboxModel
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    func add(to group: RouterGroup<SandboxContext>) {
        group.post("invoices/:lago_id/download", use: self.download)
        group.post("invoices/:lago_id/download_pdf", use: self.download)
        group.post("credit_notes/:lago_id/download", use: self.downloadNote)
        group.post("credit_notes/:lago_id/download_pdf", use: self.downloadNote)
    }

    /// Where `file_url` leads, outside the API.
    func addFiles(to router: Router<SandboxContext>) {
        router.get("rails/active_storage/blobs/redirect/:signed/:file") { request, context in
            let path = request.uri.path.replacingOccurrences(of: "/blobs/redirect/", with: "/disk/")
            return Response(status: .found, headers: [.location: path])
        }
        router.get("rails/active_storage/disk/:signed/:file") { _, context in
            let secret = context.parameters.get("signed") ?? ""
            guard let bytes = self.model.withLock({ $0.document(signedAs: secret) }) else {
                return Response(status: .notFound)
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/pdf"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
    }

    /// 200 with nothing in it while the file is being made.
    @Sendable
    private func download(_ request: Request, context: SandboxContext) async throws -> Response {
        let id = try context.segment("lago_id")
        let answer = try self.webhooks.change { state throws(LagoFailure) -> JSONValue? in
            let index = try state.invoiceIndex(id: id)
            guard state.invoices[index].voidedAt == nil else { throw .notFound("invoice") }
            let invoice = state.invoices[index]
            if invoice.fileURL != nil, let customer = state.customer(id: invoice.customerID) {
                return ["invoice": invoice.json(customer: customer, of: state.organization)]
            }
            state.requestDocument(of: id, at: self.now())
            return nil
        }
        return answer?.response(status: .ok) ?? Response(status: .ok)
    }

    @Sendable
    private func downloadNote(_ request: Request, context: SandboxContext) async throws -> Response {
        let id = try context.segment("lago_id")
        let answer = try self.webhooks.change { state throws(LagoFailure) -> JSONValue? in
            guard let note = state.creditNotes.row(id: id) else { throw .notFound("credit_note") }
            if note.fileURL != nil { return ["credit_note": state.answer(note)] }
            state.requestDocument(of: id, at: self.now())
            return nil
        }
        return answer?.response(status: .ok) ?? Response(status: .ok)
    }
}
