private import HTTPTypes
package import Hummingbird
package import Logging
private import NIOCore
package import Notices
package import Signatures
package import Store

/// `GET|POST /u/{token}`: the signed link in every mail that can be unsubscribed.
///
/// GET asks and changes nothing, as mail scanners open every link; POST, by the page's button or in one click by the
/// mail program (RFC 8058), ends mail of that kind to that address. The form's body says nothing that is needed.
package struct UnsubscribeRoutes: Sendable {
    private let signer: LinkSigner
    private let renderer: NoticeRenderer
    private let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(
        signer: LinkSigner,
        renderer: NoticeRenderer,
        store: Store,
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.signer = signer
        self.renderer = renderer
        self.store = store
        self.logger = logger
        self.now = now
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("/u/:token") { request, context in
            try self.answer(request, context) { subject, action in
                .unsubscribeConfirm(kind: subject.kind, address: subject.address, action: action)
            }
        }
        router.post("/u/:token") { request, context in
            guard let subject = try? self.subject(of: context) else { return try self.expired(request) }
            try await self.store.write { [now = self.now()] transaction in
                try transaction.suppress(
                    subject.address,
                    kind: subject.kind.rawValue,
                    reason: .unsubscribed,
                    detail: nil,
                    at: now
                )
            }
            self.logger.info("unsubscribed", metadata: ["kind": "\(subject.kind.rawValue)"])
            return try self.page(.unsubscribeDone(kind: subject.kind, address: subject.address), subject.locale)
        }
    }

    /// Whose mail of what kind a link is about.
    private struct Subject: Sendable {
        let address: String
        let kind: MessageKind
        let locale: NoticeLocale
    }

    private func answer(
        _ request: Request,
        _ context: some RequestContext,
        _ page: (Subject, _ action: String) -> Page
    ) throws -> Response {
        guard let subject = try? self.subject(of: context) else { return try self.expired(request) }
        return try self.page(page(subject, request.uri.path), subject.locale)
    }

    private func subject(of context: some RequestContext) throws -> Subject {
        let token = try context.parameters.require("token")
        let link = try self.signer.open(token, for: .unsubscribe, now: self.now())
        guard link.fields.count == 3, let kind = MessageKind(rawValue: link.fields[1]) else {
            throw SignedLinkError.invalid
        }
        return Subject(address: link.fields[0], kind: kind, locale: NoticeLocale(rawValue: link.fields[2]) ?? .en)
    }

    /// A link that is old, cut off or forged: all look alike.
    private func expired(_ request: Request) throws -> Response {
        let language = request.headers[.acceptLanguage].map { String($0.prefix { $0 != "," && $0 != ";" }) }
        return try self.page(.linkExpired, NoticeLocale(firstOf: [language], fallback: .en), status: .notFound)
    }

    private func page(_ page: Page, _ locale: NoticeLocale, status: HTTPResponse.Status = .ok) throws -> Response {
        let html = try self.renderer.page(page, locale: locale)
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .contentSecurityPolicy:
                    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'self'; "
                    + "frame-ancestors 'none'; base-uri 'none'",
                .xContentTypeOptions: "nosniff",
            ],
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }
}
