internal import HTTPTypes
package import Settings

/// What every request passes, whoever sends it, and every answer after it: how often, from where, and by which pages.
package struct Doorway: Sendable {
    private let proxies: TrustedProxies
    private let limits: CallLimits?
    let pages: CrossOrigin

    /// - Parameters:
    ///   - limits: nil for none.
    ///   - pages: the web applications that may call.
    package init(
        proxies: TrustedProxies = TrustedProxies(),
        limits: CallLimits? = nil,
        pages: CrossOrigin = CrossOrigin()
    ) {
        self.proxies = proxies
        self.limits = limits
        self.pages = pages
    }

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - principal: nil for one that could not be found.
    ///   - peer: the connection's other end.
    ///   - headers: the answer's, which are told how its caller stands.
    /// - Throws: `APIFailure` 429 past the limit.
    func count(
        _ principal: Principal?,
        peer: String,
        _ request: HTTPFields,
        telling headers: inout HTTPFields
    ) throws(APIFailure) {
        let address = self.proxies.client(peer: peer, forwardedFor: request[values: .forwardedFor])
        guard let standing = self.limits?.count(principal, from: address) else { return }
        headers[.rateLimit] = "\(standing.limit)"
        headers[.rateRemaining] = "\(standing.remaining)"
        headers[.rateReset] = "\(standing.reset)"
        if let wait = standing.retryAfter {
            throw APIFailure(.tooManyRequests, code: "too_many_requests", headers: [.retryAfter: "\(wait)"])
        }
    }

    /// What every answer says, unless it says otherwise itself.
    func headers(for request: HTTPFields) -> HTTPFields {
        var headers = self.pages.headers(for: request)
        headers[.xContentTypeOptions] = "nosniff"
        headers[.cacheControl] = "private, no-cache"
        return headers
    }
}
