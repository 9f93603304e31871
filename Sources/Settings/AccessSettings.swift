private import Foundation

/// From where the API may be called, and how often.
///
/// - `CORS_ORIGINS` (origins, comma-separated): the web applications whose browsers may call the API; none by default
/// - `RATE_LIMIT_PER_MINUTE` (int, 1...1000000, default 300): requests of a customer, and of an address, in a minute and
///   at once; server keys are not limited
/// - `TRUSTED_PROXIES` (addresses and networks, comma-separated): whose `X-Forwarded-For` is believed
package struct AccessSettings: Sendable {
    /// As browsers send them: `https://app.example.com`, in lower case, without a default port.
    package let origins: Set<String>
    package let requestsPerMinute: Int
    package let proxies: TrustedProxies

    package init(_ source: inout SettingsSource) {
        self.origins = Self.origins(&source)
        self.requestsPerMinute = source.int("RATE_LIMIT_PER_MINUTE", default: 300, in: 1...1_000_000)
        self.proxies = Self.proxies(&source)
    }

    private static func origins(_ source: inout SettingsSource) -> Set<String> {
        var origins: Set<String> = []
        for text in source.list("CORS_ORIGINS") {
            if let origin = Self.origin(text) {
                origins.insert(origin)
            } else if text.contains("*") {
                source.note(
                    "CORS_ORIGINS",
                    text,
                    "name each origin in full, as https://app.example.com: a star would let any page call the API"
                )
            } else {
                source.note(
                    "CORS_ORIGINS",
                    text.contains("@") ? nil : text,
                    "use origins as a browser sends them, as https://app.example.com or http://localhost:3000: "
                        + "http or https, a host, no path"
                )
            }
        }
        return origins
    }

    private static func origin(_ text: String) -> String? {
        let text = text.lowercased()
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"*,\"<>\\^`{|}".utf8.contains($0) }),
            let parts = URLComponents(string: text), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let host = parts.encodedHost, !host.isEmpty
        else { return nil }
        let origin = "\(scheme)://\(host)"
        guard let port = parts.port else { return text == origin ? origin : nil }
        guard (1...65_535).contains(port), text == "\(origin):\(port)" else { return nil }
        return port == (scheme == "https" ? 443 : 80) ? origin : text
    }

    private static func proxies(_ source: inout SettingsSource) -> TrustedProxies {
        var blocks: [AddressBlock] = []
        for text in source.list("TRUSTED_PROXIES") {
            if let block = AddressBlock(text) {
                blocks.append(block)
            } else {
                source.note(
                    "TRUSTED_PROXIES",
                    text,
                    "use addresses and networks, as 127.0.0.1, 10.0.0.0/8 or fd00::/8; not /0, which is everybody"
                )
            }
        }
        return TrustedProxies(blocks)
    }
}
