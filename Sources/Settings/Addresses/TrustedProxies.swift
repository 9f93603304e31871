/// Who a request comes from, by the network.
package enum ClientAddress: Hashable, Sendable {
    case ip(IPAddress)
    /// A peer without an address that can be read, as its listener calls it.
    case unknown(String)

    /// What is counted as one: an IPv4 address, or all of a /64 of IPv6, which is what one customer is given.
    package var counted: ClientAddress {
        guard case .ip(let address) = self, !address.isIPv4 else { return self }
        return .ip(IPAddress(high: address.high, low: 0))
    }
}

/// The proxies whose word on their clients is taken: the only ones whose `X-Forwarded-For` counts.
package struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]

    package init(_ blocks: [AddressBlock] = []) { self.blocks = blocks }

    /// The address that a request comes from: its peer's, or, behind trusted proxies, the right-most one of
    /// `X-Forwarded-For` that is not theirs. What stands to its left is the client's own invention.
    ///
    /// Where a trusted proxy passes on what is no address, it is counted itself; where all are trusted, the left-most.
    ///
    /// - Parameters:
    ///   - peer: the connection's other end, without its port.
    ///   - forwardedFor: the values of `X-Forwarded-For`, in their order; an address may have a port, one of IPv6 brackets.
    package func client(peer: String, forwardedFor: [String]) -> ClientAddress {
        guard var address = IPAddress(peer) else { return .unknown(peer) }
        let hops = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        for hop in hops.reversed() {
            guard self.trusts(address), let next = Self.address(hop) else { break }
            address = next
        }
        return .ip(address)
    }

    private func trusts(_ address: IPAddress) -> Bool { self.blocks.contains { $0.contains(address) } }

    /// An address as proxies write it.
    private static func address(_ hop: Substring) -> IPAddress? {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = hop.drop(while: isBlank)
        while text.last.map(isBlank) == true { text.removeLast() }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), Self.isPort(text[text.index(after: end)...]) else { return nil }
            let inner = text[text.index(after: text.startIndex)..<end]
            return inner.contains(":") ? IPAddress(inner) : nil
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.firstIndex(of: ":"), Self.isPort(text[colon...]) else { return nil }
        return IPAddress(text[..<colon])
    }

    /// Whether this is nothing, or a colon and a port.
    private static func isPort(_ text: Substring) -> Bool {
        guard let first = text.first else { return true }
        return first == ":" && (2...6).contains(text.utf8.count)
            && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }
}
