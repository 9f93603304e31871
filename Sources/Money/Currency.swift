/// A currency by its ISO 4217 code, with the minor units that Lago counts in, which are not always ISO's.
///
/// - Source: `lago.md` 4.2, from the table of the `money` gem that Lago uses.
package struct Currency: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Three capital letters.
    package let code: String

    /// - Returns: nil unless `code` is three letters; their case does not matter. Lago's list grows, so a code that is
    ///   not known counts hundredths.
    package init?(_ code: String) {
        let isCode = code.utf8.count == 3 && code.utf8.allSatisfy { (0x41...0x5A).contains($0 & ~0x20) }
        guard isCode else { return nil }
        self.code = code.uppercased()
    }

    /// Minor units of one major unit: what a "cent" is in every `*_cents` field of Lago.
    package var subunits: Int64 {
        switch self.code {
        case "BIF", "CLP", "DJF", "GNF", "HUF", "ISK", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV",
            "XAF", "XOF", "XPF":
            1
        case "BHD", "JOD", "KWD": 1_000
        case "CLF": 10_000
        case "MRO": 5
        default: 100
        }
    }

    /// Decimals with which an amount in this currency is written.
    package var decimals: Int {
        switch self.subunits {
        case 1: 0
        case 5: 1
        case 1_000: 3
        case 10_000: 4
        default: 2
        }
    }

    package var description: String { self.code }

    package static func < (left: Self, right: Self) -> Bool { left.code < right.code }
}
