/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or a single one.
package struct AddressBlock: Hashable, Sendable {
    private let address: IPAddress
    /// How many of the 128 bits are alike.
    private let length: Int

    /// Reads an address, or one with the length of its prefix; bits behind the prefix do not count.
    ///
    /// Returns nil for what is neither, and for `0.0.0.0/0`, `::/0` and `::ffff:0:0/96`: they are everybody.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.contains("%"), let address = IPAddress(first) else { return nil }
        // The text says how the prefix is counted: ::ffff:10.0.0.0 has a prefix of IPv6.
        let most = first.contains(":") ? 128 : 32
        var length = most
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[1]),
                (1...most).contains(number)
            else { return nil }
            length = number
        }
        self.address = address
        self.length = length + 128 - most
        guard self.length > 96 || !address.isIPv4 else { return nil }
    }

    package func contains(_ other: IPAddress) -> Bool {
        // A short prefix of IPv6 does not mean all of IPv4, which lies mapped in ::/80.
        guard self.length > 96 || !other.isIPv4 else { return false }
        let high = UInt64.max << max(0, 64 - self.length)
        let low = UInt64.max << min(64, 128 - self.length)
        return (self.address.high ^ other.high) & high == 0 && (self.address.low ^ other.low) & low == 0
    }
}
