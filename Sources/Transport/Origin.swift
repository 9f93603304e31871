/// Where a URL leads: what connections and their limit are counted by.
///
/// Stricter than libcurl, which forgives much: nothing outside printable ASCII, and no user name.
struct Origin: Hashable {
    /// In lower case.
    let scheme: String
    /// `host:port` or `host`, in lower case.
    let authority: String
    /// Whether nothing follows the authority, but perhaps one slash.
    let isWholeURL: Bool

    /// - Throws: `TransferError` of kind `invalidURL`; the text does not repeat the URL, which may hold a secret.
    init(url: String, schemes: [String]) throws(TransferError) {
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalidURL("the URL has a character that must be percent-encoded")
        }
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            throw .invalidURL("the URL is not absolute")
        }
        let scheme = url[..<colon].lowercased()
        guard schemes.contains(scheme) else {
            throw .invalidURL("the URL's scheme is not \(schemes.joined(separator: " or "))")
        }
        let rest = url[url.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
        guard end != rest.startIndex else { throw .invalidURL("the URL has no host") }
        guard !rest[..<end].contains("@") else { throw .invalidURL("the URL has a user name in it") }
        self.scheme = scheme
        self.authority = rest[..<end].lowercased()
        self.isWholeURL = ["", "/"].contains(rest[end...])
    }

    /// The host without its port; an IPv6 address without its brackets.
    var host: Substring {
        if self.authority.hasPrefix("[") {
            return self.authority.dropFirst().prefix { $0 != "]" }
        }
        return self.authority.prefix { $0 != ":" }
    }

    /// Whether the host is this machine by its form; a name is not looked up.
    var isLoopback: Bool {
        if ["localhost", "::1"].contains(self.host) { return true }
        let parts = self.host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.scheme == right.scheme && left.authority == right.authority
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(self.scheme)
        hasher.combine(self.authority)
    }
}
