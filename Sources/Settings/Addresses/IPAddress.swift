/// An address of the Internet, IPv4 or IPv6.
///
/// - Shape: the 128 bits of IPv6; an IPv4 address is its mapped one (`::ffff:192.0.2.1`), so that both texts are one address.
package struct IPAddress: Hashable, Sendable {
    /// The network's half.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var isIPv4: Bool { self.high == 0 && self.low >> 32 == 0xffff }

    /// Reads `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1` or `fe80::1%eth0`, whose zone is left out.
    ///
    /// Returns nil for all else: there are no brackets, ports, octal numbers and short forms of IPv4.
    package init?(_ text: some StringProtocol) {
        if let bits = Self.version4(text) {
            self.init(high: 0, low: 0xffff << 32 | UInt64(bits))
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let text = parts.first, parts.count == 1 || !parts[1].isEmpty, let groups = Self.version6(text) else {
            return nil
        }
        self.init(high: Self.joined(groups[..<4]), low: Self.joined(groups[4...]))
    }

    private static func joined(_ groups: ArraySlice<UInt16>) -> UInt64 {
        groups.reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func version4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            // 010 is eight to some programs and ten to others.
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part == "0" || !part.hasPrefix("0"),
                let number = UInt8(part)
            else { return nil }
            bits = bits << 8 | UInt32(number)
        }
        return bits
    }

    /// The eight groups.
    private static func version6(_ text: some StringProtocol) -> [UInt16]? {
        let characters = Array(text)
        guard let gap = characters.firstRange(of: [":", ":"]) else {
            guard let groups = Self.groups(String(characters), mayEndInVersion4: true), groups.count == 8 else {
                return nil
            }
            return groups
        }
        guard let front = Self.groups(String(characters[..<gap.lowerBound]), mayEndInVersion4: false),
            let back = Self.groups(String(characters[gap.upperBound...]), mayEndInVersion4: true),
            front.count + back.count < 8
        else { return nil }
        return front + [UInt16](repeating: 0, count: 8 - front.count - back.count) + back
    }

    private static func groups(_ text: String, mayEndInVersion4: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInVersion4, index == parts.count - 1, let bits = Self.version4(part) {
                groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else if (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                let group = UInt16(part, radix: 16)
            {
                groups.append(group)
            } else {
                return nil
            }
        }
        return groups
    }
}
