import Signatures
import Testing

@Suite struct SignatureTests {
    /// RFC 4231, test case 2.
    @Test func `the digest is the one of the standard's test vector`() throws {
        let digest = try HMACSHA256.digest(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(Base64.encode(digest) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")
    }

    @Test func `a signature holds for its own message and key only`() throws {
        let (key, other) = (try RSAPrivateKey(), try RSAPrivateKey())
        let publicKey = try RSAPublicKey(pem: key.publicPEM)
        let message = Array("a message".utf8)
        let signature = try key.sign(message)
        try publicKey.verify(signature, of: message)
        #expect(throws: SignatureError.mismatch) { try publicKey.verify(signature, of: message + [0]) }
        #expect(throws: SignatureError.mismatch) { try publicKey.verify(other.sign(message), of: message) }
        #expect(throws: SignatureError.mismatch) { try publicKey.verify([], of: message) }
        for index in stride(from: 0, to: signature.count, by: 17) {
            var altered = signature
            altered[index] ^= 1
            #expect(throws: SignatureError.mismatch) { try publicKey.verify(altered, of: message) }
        }
    }

    @Test func `the public key is read as Lago serves it, in base64 with line breaks`() throws {
        let key = try RSAPrivateKey()
        let base64 = Base64.encode(Array(key.publicPEM.utf8))
        var broken = ""
        for (index, character) in base64.enumerated() {
            broken.append(character)
            if (index + 1).isMultiple(of: 60) { broken.append("\n") }
        }
        let read = try RSAPublicKey(lagoText: broken + "\n")
        #expect(read.pem == key.publicPEM)
        try read.verify(try key.sign([1, 2, 3]), of: [1, 2, 3])
    }

    @Test(arguments: ["", "not base64!", "bm90IGEga2V5", Self.ellipticKey])
    func `what is no RSA key is refused`(text: String) {
        #expect(throws: SignatureError.self) { try RSAPublicKey(lagoText: text) }
        #expect(throws: SignatureError.self) { try RSAPublicKey(pem: text) }
    }

    @Test func `a token is taken apart and put together`() throws {
        let key = try RSAPrivateKey()
        let claims = Array(#"{"data":"{\"a\":\"ü\"}","iss":"http://localhost:3000"}"#.utf8)
        let token = try CompactJWS(CompactJWS.sign(claims: claims, with: key))
        #expect(token.algorithm == "RS256")
        #expect(token.claims == claims)
        try RSAPublicKey(pem: key.publicPEM).verify(token.signature, of: token.signedBytes)
    }

    @Test(arguments: ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.e30", "eyJhbGciOiJSUzI1NiJ9.e30=.AA", "e30.a+b.AA"])
    func `a token of another form is refused`(text: String) {
        #expect(throws: SignatureError.self) { try CompactJWS(text) }
    }

    @Test func `bytes are compared by content and by length`() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
    }

    @Test(arguments: 0..<70)
    func `base64url survives the round trip, without padding`(count: Int) throws {
        let bytes = try SecureRandom.bytes(count)
        let text = Base64.encodeURL(bytes)
        #expect(!text.contains("="))
        #expect(Base64.decodeURL(text[...]) == bytes)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    /// An EC key (P-256) in the same wrapping: the right form of the wrong kind.
    private static let ellipticKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
        q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
        -----END PUBLIC KEY-----
        """
}
