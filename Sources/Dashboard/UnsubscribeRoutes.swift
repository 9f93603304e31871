package import Hummingbird
package import Logging
private import Notices
private import Signatures
package import Store

/// `GET|POST /u/{token}`: the signed link in every mail that can be unsubscribed.
///
/// GET asks and changes nothing, as mail scanners open every link; POST, by the page's button or in one click by the
/// mail program (RFC 8058), ends mail of that kind to that address. The form's body says nothing that is needed.
package struct UnsubscribeRoutes: Sendable {
    private let pages: LinkPages
    private let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64

    package init(pages: LinkPages, store: Store, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.pages = pages
        self.store = store
        self.logger = logger
        self.now = now
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("/u/:token") { request, context in
            guard let (subject, kind) = self.subject(of: context) else { return try self.pages.expired(request) }
            let page = Page.unsubscribeConfirm(kind: kind, address: subject.address, action: request.uri.path)
            return try self.pages.page(page, subject.locale)
        }
        router.post("/u/:token") { request, context in
            guard let (subject, kind) = self.subject(of: context) else { return try self.pages.expired(request) }
            try await self.store.write { [now = self.now()] transaction in
                try transaction.suppress(
                    subject.address,
                    kind: subject.kind,
                    reason: .unsubscribed,
                    detail: nil,
                    at: now
                )
            }
            self.logger.info("unsubscribed", metadata: ["kind": "\(subject.kind)"])
            return try self.pages.page(.unsubscribeDone(kind: kind, address: subject.address), subject.locale)
        }
    }

    private func subject(of context: some RequestContext) -> (UnsubscribeSubject, MessageKind)? {
        guard let subject = self.pages.subject(UnsubscribeSubject.self, of: context),
            let kind = MessageKind(rawValue: subject.kind)
        else { return nil }
        return (subject, kind)
    }
}
