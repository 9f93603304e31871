import Foundation
import Signatures
import Testing

@Suite struct SignedLinkTests {
    private let key = [UInt8](repeating: 7, count: 32)
    private let link = SignedLink(
        purpose: .unsubscribe,
        fields: ["cust_1@x/ü", "ada@example.test", "", "low_balance"],
        expiresAt: 1_800_000_000_000
    )

    private func signer(_ key: [UInt8]? = nil) throws -> LinkSigner {
        try LinkSigner(key: key ?? self.key, publicURL: "https://billing.example.com/base")
    }

    @Test func `a link opens for its purpose until it expires`() throws {
        let signer = try self.signer()
        let url = try signer.url(self.link)
        let token = try signer.token(self.link)
        #expect(url == "https://billing.example.com/base/u/\(token)")
        #expect(
            token.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || "0123456789-_".utf8.contains($0) }
        )
        #expect(try signer.open(token, for: .unsubscribe, now: self.link.expiresAt - 1) == self.link)
        #expect(throws: SignedLinkError.expired) {
            try signer.open(token, for: .unsubscribe, now: self.link.expiresAt)
        }
        for purpose in SignedLink.Purpose.allCases where purpose != .unsubscribe {
            #expect(throws: SignedLinkError.wrongPurpose) { try signer.open(token, for: purpose, now: 0) }
        }
    }

    @Test func `a token that was changed anywhere is refused`() throws {
        let signer = try self.signer()
        let token = Array(try signer.token(self.link).utf8)
        for index in token.indices {
            for bit in [UInt8(1), 2, 4] {
                var changed = token
                changed[index] ^= bit
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: SignedLinkError.invalid) { try signer.open(text, for: .unsubscribe, now: 0) }
            }
            let cut = String(decoding: token[..<index], as: UTF8.self)
            #expect(throws: SignedLinkError.invalid) { try signer.open(cut, for: .unsubscribe, now: 0) }
        }
        for text in [
            "", "x", "=", "ü", String(repeating: "A", count: 100_000), String(decoding: token, as: UTF8.self) + "A",
        ] {
            #expect(throws: SignedLinkError.invalid) { try signer.open(text, for: .unsubscribe, now: 0) }
        }
    }

    @Test func `another key opens nothing, and a short one is none`() throws {
        let token = try self.signer().token(self.link)
        let other = try self.signer([UInt8](repeating: 8, count: 32))
        #expect(throws: SignedLinkError.invalid) { try other.open(token, for: .unsubscribe, now: 0) }
        #expect(throws: SignatureError.self) { try self.signer([UInt8](repeating: 7, count: 31)) }
    }

    @Test func `fields cannot be moved into one another`() throws {
        let signer = try self.signer()
        let tokens = try [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], []].map {
            try signer.token(SignedLink(purpose: .signIn, fields: $0, expiresAt: 1))
        }
        #expect(Set(tokens).count == tokens.count)
        for (token, fields) in zip(tokens, [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], []]) {
            #expect(try signer.open(token, for: .signIn, now: 0).fields == fields)
        }
    }
}
