private import Foundation
private import Signatures

/// A token as it was shown: a compact JSON Web Signature (RFC 7515, 7.1), read and not yet believed.
struct TokenText: Sendable {
    /// What the sender says that it was signed with: compared, never obeyed.
    let algorithm: String
    let keyID: String?
    /// All of it.
    let text: String

    /// Longer ones are not looked at, in bytes.
    static let longest = 8 << 10

    /// Returns nil for what is not three parts of base64url in its one right spelling, with a header of JSON.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let decoded = parts.map { Base64.decodeURL($0) }
        for (part, bytes) in zip(parts, decoded) {
            // Bits at the end that mean nothing would make several texts of one signature.
            guard let bytes, !bytes.isEmpty, Base64.encodeURL(bytes) == part else { return nil }
        }
        guard let bytes = decoded[0], let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)) else {
            return nil
        }
        self.algorithm = header.alg
        self.keyID = header.kid
        self.text = text
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?

        private enum CodingKeys: CodingKey {
            case alg, kid, crit
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.alg = try container.decode(String.self, forKey: .alg)
            self.kid = try container.decodeIfPresent(String.self, forKey: .kid)
            // What it lists must be understood (RFC 7515, 4.1.11), and nothing of that kind is.
            guard !container.contains(.crit) else {
                throw DecodingError.dataCorruptedError(forKey: .crit, in: container, debugDescription: "not understood")
            }
        }
    }
}
