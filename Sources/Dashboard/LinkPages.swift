private import HTTPTypes
package import Hummingbird
private import NIOCore
package import Notices
package import Signatures

/// What the pages behind the signed links of mails share: opening a link, and answering with a page.
package struct LinkPages: Sendable {
    private let signer: LinkSigner
    private let renderer: NoticeRenderer
    private let now: @Sendable () -> Int64

    package init(signer: LinkSigner, renderer: NoticeRenderer, now: @escaping @Sendable () -> Int64) {
        self.signer = signer
        self.renderer = renderer
        self.now = now
    }

    /// What the link of a request's path is about; nil where it is old, cut off or forged: all look alike.
    func subject<Subject: LinkSubject>(_ type: Subject.Type, of context: some RequestContext) -> Subject? {
        guard let token = context.parameters.get("token") else { return nil }
        return try? self.signer.open(token, as: type, now: self.now())
    }

    /// The answer to a link that is not good.
    func expired(_ request: Request) throws -> Response {
        let language = request.headers[.acceptLanguage].map { String($0.prefix { $0 != "," && $0 != ";" }) }
        return try self.page(.linkExpired, NoticeLocale(firstOf: [language], fallback: .en), status: .notFound)
    }

    /// - Parameters:
    ///   - locale: a locale's word, from the link.
    ///   - reloading: the page loads itself again after this many seconds.
    func page(
        _ page: Page,
        _ locale: String,
        status: HTTPResponse.Status = .ok,
        reloading: Int? = nil
    ) throws -> Response {
        try self.page(page, NoticeLocale(rawValue: locale) ?? .en, status: status, reloading: reloading)
    }

    private func page(
        _ page: Page,
        _ locale: NoticeLocale,
        status: HTTPResponse.Status,
        reloading: Int? = nil
    ) throws -> Response {
        let html = try self.renderer.page(page, locale: locale)
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'self'; "
                + "frame-ancestors 'none'; base-uri 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        // The address is the key: no logo's host is to learn it.
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let reloading {
            headers[.retryAfter] = "\(reloading)"
            if let name = HTTPField.Name("Refresh") { headers[name] = "\(reloading)" }
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }
}
