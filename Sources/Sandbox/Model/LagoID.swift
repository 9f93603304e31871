import Foundation
private import Signatures

/// Lago's ids: UUIDs in lower case.
enum LagoID {
    /// A new id.
    static func new() -> String { UUID().uuidString.lowercased() }

    /// The same id for the same name each time, so that a demo that starts again finds its customers unchanged.
    static func stable(_ name: String) -> String {
        guard var bytes = try? SHA256.digest(of: Array(name.utf8)), bytes.count >= 16 else { return Self.new() }
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }
}
