private import Foundation

/// Where a file of Lago's may be read from: a redirect must not lead into a network that Lago itself is not in.
struct FileAddress {
    let url: String
    private let scheme: String
    private let host: String

    init?(_ url: String) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            let host = parts.host?.lowercased(), !host.isEmpty, ["http", "https"].contains(scheme)
        else { return nil }
        self.url = url
        self.scheme = scheme
        self.host = host
    }

    /// The same host as Lago's, or HTTPS anywhere in public, or anywhere where Lago is in a private network or without TLS
    /// itself, as its storage may stand beside it.
    func isAllowed(besideLagoAt lago: FileAddress) -> Bool {
        if self.host == lago.host || lago.isPrivate || lago.scheme == "http" { return true }
        return self.scheme == "https" && !self.isPrivate
    }

    /// `localhost`, or an address of a private network written as digits; what a name leads to is not known here.
    private var isPrivate: Bool {
        if self.host == "localhost" || self.host.hasSuffix(".localhost") { return true }
        let bare = self.host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        if bare.contains(":") { return Self.isPrivate(ipv6: bare) }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, let first = parts[0], let second = parts[1] else { return Self.isNumber(bare) }
        return switch (first, second) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168): true
        case (172, 16...31), (100, 64...127): true
        default: false
        }
    }

    /// What is no public unicast address: those begin with 2 or 3.
    private static func isPrivate(ipv6 text: String) -> Bool {
        !(text.hasPrefix("2") || text.hasPrefix("3")) || text.split(separator: ":").first.map { $0.count < 4 } ?? true
    }

    /// Addresses can also be written as one number, or with fewer dots; nobody does, in good faith.
    private static func isNumber(_ text: String) -> Bool {
        text.split(separator: ".").allSatisfy { part in
            part.allSatisfy(\.isNumber) || part.hasPrefix("0x")
        }
    }
}
