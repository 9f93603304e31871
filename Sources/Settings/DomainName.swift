private import Foundation

/// Host names as DNS knows them.
enum DomainName {
    /// The name in lower-case ASCII, labels beyond it by Punycode (RFC 3492); nil for what is no host name.
    static func ascii(_ text: String) -> String? {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let name = isASCII ? text.lowercased() : text.lowercased().precomposedStringWithCompatibilityMapping
        var labels: [String] = []
        for label in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard let ascii = Self.asciiLabel(label) else { return nil }
            labels.append(ascii)
        }
        let joined = labels.joined(separator: ".")
        return joined.utf8.count <= 253 ? joined : nil
    }

    private static func asciiLabel(_ label: Substring) -> String? {
        guard !label.isEmpty, !label.hasPrefix("-"), !label.hasSuffix("-") else { return nil }
        if label.utf8.allSatisfy({ $0 < 0x80 }) {
            return label.utf8.count <= 63 && label.utf8.allSatisfy(Self.isHostByte) ? String(label) : nil
        }
        // Hyphens in the third and fourth place are for names that are encoded already.
        guard label.unicodeScalars.allSatisfy(Self.isHostScalar), !label.dropFirst(2).hasPrefix("--"),
            let encoded = Punycode.encode(label.unicodeScalars.map(\.value))
        else { return nil }
        return encoded.utf8.count <= 59 ? "xn--" + encoded : nil
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isHostScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x80 else { return Self.isHostByte(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }
}

/// RFC 3492, with the parameters that domain names use.
enum Punycode {
    private static let (base, tMin, tMax, skew, damp): (UInt32, UInt32, UInt32, UInt32, UInt32) = (36, 1, 26, 38, 700)

    /// Encodes a label's code points; nil when the label is far too long for the arithmetic.
    static func encode(_ points: [UInt32]) -> String? {
        guard points.count <= 63 else { return nil }
        var output = String(String.UnicodeScalarView(points.filter { $0 < 0x80 }.compactMap(Unicode.Scalar.init)))
        let basic = UInt32(output.utf8.count)
        var (handled, next, delta, bias) = (basic, UInt32(0x80), UInt32(0), UInt32(72))
        if basic > 0 { output += "-" }
        while handled < points.count, let smallest = points.filter({ $0 >= next }).min() {
            let (step, isTooFar) = (smallest - next).multipliedReportingOverflow(by: handled + 1)
            guard !isTooFar, step < UInt32.max / 2, delta < UInt32.max / 4 else { return nil }
            delta += step
            next = smallest
            for point in points {
                if point < next { delta += 1 }
                guard point == next else { continue }
                output += Self.digits(of: delta, bias: bias)
                bias = Self.adapt(delta, count: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return output
    }

    /// `delta` as a variable-length number.
    private static func digits(of delta: UInt32, bias: UInt32) -> String {
        var (rest, k, digits) = (delta, Self.base, "")
        while true {
            let threshold = k <= bias ? Self.tMin : min(k - bias, Self.tMax)
            guard rest >= threshold else { return digits + Self.digit(rest) }
            digits += Self.digit(threshold + (rest - threshold) % (Self.base - threshold))
            rest = (rest - threshold) / (Self.base - threshold)
            k += Self.base
        }
    }

    private static func digit(_ value: UInt32) -> String {
        String(UnicodeScalar(UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30)))
    }

    private static func adapt(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / Self.damp : delta / 2
        delta += delta / count
        var k: UInt32 = 0
        while delta > (Self.base - Self.tMin) * Self.tMax / 2 {
            delta /= Self.base - Self.tMin
            k += Self.base
        }
        return k + (Self.base - Self.tMin + 1) * delta / (delta + Self.skew)
    }
}
