internal import LagoEvents
private import Signatures

extension EventKey {
    /// Bytes of a key that is kept as it came; Lago's are UUIDs.
    private static let longest = 255

    /// The key of a delivery, from the value of `X-Lago-Unique-Key`.
    ///
    /// Nothing vouches for that header. A very old Lago sends none: then, and when it is empty, the body's digest tells
    /// a retry. One that is longer than any of Lago's stands for itself by its digest, so that it takes no room.
    init(header: String?, bodyDigest: [UInt8]) throws {
        guard let header, !header.isEmpty else {
            self.init(rawValue: "sha256:" + Self.hexadecimal(bodyDigest))
            return
        }
        guard header.utf8.count > Self.longest else {
            self.init(rawValue: header)
            return
        }
        self.init(rawValue: "key-sha256:" + Self.hexadecimal(try SHA256.digest(of: Array(header.utf8))))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
