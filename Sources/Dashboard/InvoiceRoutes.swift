private import HTTPTypes
package import Hummingbird
package import LagoAPI
package import Logging
private import NIOCore
private import Notices
private import Signatures

/// `GET /i/{token}`: the signed link to the PDF of an invoice or a credit note. Lago makes it when it is first asked for: until then a page
/// says so, and loads itself again.
///
/// Lago's own address of the file needs no key and never ends, so nobody is shown it: the file goes through here.
package struct InvoiceRoutes: Sendable {
    /// How long a request waits for Lago to make the file.
    private static let patience = Duration.seconds(6)
    private static let largestFile = 50 << 20
    /// After how many seconds the page is loaded again.
    private static let reload = 5

    private let pages: LinkPages
    private let client: LagoClient?
    private let logger: Logger

    /// - Parameter client: nil while Lago is not configured.
    package init(pages: LinkPages, client: LagoClient?, logger: Logger) {
        self.pages = pages
        self.client = client
        self.logger = logger
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("/i/:token") { request, context in
            guard let subject = self.pages.subject(InvoiceSubject.self, of: context) else {
                return try self.pages.expired(request)
            }
            switch await self.file(of: subject) {
            case .ready(let name, let bytes): return Self.answer(name, bytes)
            case .notYet:
                return try self.pages.page(
                    .invoicePending,
                    subject.locale,
                    status: .serviceUnavailable,
                    reloading: Self.reload
                )
            case .never, .tooLarge: return try self.pages.page(.invoiceGone, subject.locale, status: .notFound)
            }
        }
    }

    /// The file, waited for; not yet where Lago cannot be asked.
    private func file(of subject: InvoiceSubject) async -> LagoFile {
        guard let client = self.client else { return .notYet }
        do {
            return try await client.waitForFile(atMost: Self.patience) { client in
                switch subject.paper {
                case .invoice: try await client.invoiceFile(id: subject.id, upTo: Self.largestFile)
                case .creditNote: try await client.creditNoteFile(id: subject.id, upTo: Self.largestFile)
                }
            }
        } catch {
            self.logger.warning("an invoice's file could not be read", metadata: ["error": "\(error)"])
            return .notYet
        }
    }

    private static func answer(_ name: String, _ bytes: [UInt8]) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/pdf", .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
            .contentDisposition: "inline; filename=\"\(name)\"",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
