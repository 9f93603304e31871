private import Foundation
private import Transport

extension LagoClient {
    /// The largest document that is fetched: 10 MiB.
    package static let maximumFileSize = 10 << 20
    private static let maximumRedirects = 5

    /// Asks for an invoice's PDF, which Lago makes afterwards; `id` is Lago's.
    ///
    /// - Returns: the invoice with its `fileURL`; nil while there is no document: Lago makes it now, sends
    ///   `invoice.generated` when it is there, and may be asked again.
    /// - Throws: `LagoError.notFound` with `invoice_not_found`, also for one that is not finalized (a draft, a voided one).
    package func downloadInvoice(id: String) async throws -> LagoInvoice? {
        let path = "/invoices/\(try Query.segment(id))"
        let body = try await self.send(self.request("POST", path + "/download"), as: "download_invoice").body
        guard body.contains(where: { !Self.spaces.contains($0) }) else { return nil }
        let invoice = try LagoFields(body).object(LagoInvoice.member)
        guard try invoice.readIfAny("file_url", as: .text) != nil else { return nil }
        // Lago answers with the bare invoice: whose it is, another call tells.
        guard try invoice.objectIfAny("customer", as: { $0 }) != nil else { return try await self.invoice(id: id) }
        return try LagoInvoice(invoice)
    }

    private static let spaces: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]

    /// Fetches a PDF that Lago made, from where `fileURL` of an invoice says, without the API key.
    ///
    /// Lago writes its own `LAGO_API_URL` into the address, by default `localhost:3000`; under `/rails/active_storage/`, it
    /// is asked where we reach it. It redirects to its storage, which is asked as it says.
    ///
    /// - Throws: `LagoError.file` for what is no PDF, too large, or not there.
    package func file(at url: String) async throws -> [UInt8] {
        var url = self.address(ofFile: url)
        for _ in 0...Self.maximumRedirects {
            let request = TransferRequest(
                url: url,
                deadline: self.deadline,
                maximumResponseSize: Self.maximumFileSize
            )
            let response: TransferResponse
            do {
                response = try await self.answer(to: request, as: "file", isLagos: false)
            } catch LagoError.transport(let error) where error.kind == .tooLarge {
                throw LagoError.file(.tooLarge)
            } catch LagoError.transport(let error) where error.kind == .invalidURL {
                throw LagoError.file(.noAddress)
            }
            switch response.status {
            case 200..<300:
                guard response.body.starts(with: "%PDF-".utf8) else { throw LagoError.file(.notPDF) }
                return response.body
            case 301, 302, 303, 307, 308:
                guard let next = response.header("Location"), let target = Self.resolve(next, against: url) else {
                    throw LagoError.file(.noAddress)
                }
                url = target
            case 500...: throw LagoError.server(status: response.status)
            default: throw LagoError.file(.refused(status: response.status))
            }
        }
        throw LagoError.file(.tooManyRedirects)
    }

    /// Where we reach the file: at our address of Lago, where Lago is to serve it.
    private func address(ofFile url: String) -> String {
        guard let parts = URLComponents(string: url), parts.host != nil,
            parts.percentEncodedPath.hasPrefix("/rails/active_storage/")
        else { return url }
        return self.root + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    private static func resolve(_ location: String, against url: String) -> String? {
        // A storage's signature is about the address as it is written.
        if ["http://", "https://"].contains(where: { location.lowercased().hasPrefix($0) }) { return location }
        guard let base = URL(string: url), let target = URL(string: location, relativeTo: base) else { return nil }
        return target.absoluteURL.absoluteString
    }
}

extension LagoError {
    /// Why a document could not be fetched.
    package enum FileFault: Hashable, Sendable {
        /// It is larger than 10 MiB.
        case tooLarge
        /// What came does not begin like a PDF.
        case notPDF
        /// Its address, or one that it redirects to, is no address of the web.
        case noAddress
        case tooManyRedirects
        /// Lago, or its storage, does not give it away.
        case refused(status: Int)

        package var canRetryHelp: Bool {
            switch self {
            case .tooLarge, .noAddress, .tooManyRedirects: false
            // A proxy's page stands there at times; and the storage's own addresses live for minutes only.
            case .notPDF, .refused: true
            }
        }

        var words: String {
            switch self {
            case .tooLarge: "the document is larger than 10 MiB"
            case .notPDF: "what Lago gave as the document is no PDF"
            case .noAddress: "Lago gave no usable address of the document"
            case .tooManyRedirects: "the document's address redirects without end"
            case .refused(let status): "the document is not given away (\(status))"
            }
        }
    }
}
