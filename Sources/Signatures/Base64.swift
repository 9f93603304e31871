private import Foundation

/// Base64 in the two alphabets of RFC 4648.
package enum Base64 {
    /// Encodes with the standard alphabet, padded, without line breaks ("strict" in Ruby's words).
    package static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// Decodes the standard alphabet; nil for anything but whole, padded groups.
    package static func decode(_ text: String) -> [UInt8]? {
        Data(base64Encoded: text).map { [UInt8]($0) }
    }

    /// Decodes base64 that is broken into lines, as Lago serves its public key and PEM files are written.
    package static func decodeLines(_ text: String) -> [UInt8]? {
        self.decode(String(text.filter { !$0.isWhitespace }))
    }

    /// Encodes with the URL-safe alphabet, unpadded, as JSON Web Signatures do.
    package static func encodeURL(_ bytes: [UInt8]) -> String {
        var text = [UInt8](Data(bytes).base64EncodedData())
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "+"): text[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): text[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes the URL-safe alphabet, unpadded; nil for the standard alphabet's `+`, `/` and `=`.
    package static func decodeURL(_ text: Substring) -> [UInt8]? {
        var standard = [UInt8]()
        standard.reserveCapacity(text.utf8.count + 3)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: standard.append(byte)
            }
        }
        while !standard.count.isMultiple(of: 4) { standard.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(standard)).map { [UInt8]($0) }
    }
}
