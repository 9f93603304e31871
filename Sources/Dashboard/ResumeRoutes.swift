package import Hummingbird
private import Notices
private import Signatures

/// `GET|POST /r/{token}`: the signed link in the mail that says that automatic top-ups are paused.
///
/// GET asks and changes nothing, as mail scanners open every link; POST, by the page's button, forgives the failures of
/// that account.
package struct ResumeRoutes: Sendable {
    private let pages: LinkPages
    private let resume: @Sendable (_ customer: String, _ account: String) async throws -> Void

    /// - Parameter resume: has the top-ups of a customer's account go on; does nothing where they do.
    package init(
        pages: LinkPages,
        resume: @escaping @Sendable (_ customer: String, _ account: String) async throws -> Void
    ) {
        self.pages = pages
        self.resume = resume
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("/r/:token") { request, context in
            guard let subject = self.pages.subject(ResumeSubject.self, of: context) else {
                return try self.pages.expired(request)
            }
            return try self.pages.page(.resumeConfirm(action: request.uri.path), subject.locale)
        }
        router.post("/r/:token") { request, context in
            guard let subject = self.pages.subject(ResumeSubject.self, of: context) else {
                return try self.pages.expired(request)
            }
            try await self.resume(subject.customer, subject.account)
            return try self.pages.page(.resumeDone, subject.locale)
        }
    }
}
