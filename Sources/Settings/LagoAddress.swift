private import Foundation

/// Where Lago's REST API is.
package struct LagoAddress: Hashable, Sendable {
    /// Ends in `/api/v1`, without a slash after it.
    package let base: String
    /// What stands before `/api/v1`: where `/health` is.
    package let root: String

    /// Reads `LAGO_API_URL`: the base is it where it ends in `/api/v1`, it plus `/v1` where it ends in `/api`, else it
    /// plus `/api/v1`. Slashes at the end do not count.
    ///
    /// Returns nil for what is no plain `http` or `https` URL: no query, no fragment, no user name.
    package init?(_ text: String) {
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.query == nil, parts.fragment == nil
        else { return nil }
        // The path, not the text: a host may be called `api`.
        if parts.percentEncodedPath.hasSuffix("/api/v1") {
            self.base = url
        } else if parts.percentEncodedPath.hasSuffix("/api") {
            self.base = url + "/v1"
        } else {
            self.base = url + "/api/v1"
        }
        self.root = String(self.base.dropLast("/api/v1".count))
    }
}
