import LagoEvents
import Receiver
import Signatures
import Store
import TestSupport
import Testing

@Suite struct VerifierTests {
    static let hmac: [VerifierCase] = [
        .init(name: "a good signature", expected: .taken) { try Webhook.hmac(Webhook.body()) },
        .init(name: "a good signature by the second key", expected: .taken) {
            try Webhook.hmac(Webhook.body(), key: "second-key")
        },
        .init(name: "a body that cannot be read", expected: .taken) { try Webhook.hmac([0xFF, 0x00]) },
        .init(name: "no body", expected: .taken) { try Webhook.hmac([]) },
        .init(name: "no organisation", expected: .taken) { try Webhook.hmac(Webhook.body(organization: nil)) },
        .init(name: "another organisation", expected: .rejected(.organisation)) {
            try Webhook.hmac(Webhook.body(organization: "00000000-0000-0000-0000-000000000000"))
        },
        .init(name: "another organisation in what is no webhook", expected: .rejected(.organisation)) {
            try Webhook.hmac(Array(#"{"organization_id":"other"}"#.utf8))
        },
        .init(name: "another organisation while ours is not known", expected: .taken, knowsOrganization: false) {
            try Webhook.hmac(Webhook.body(organization: "other"))
        },
        .init(name: "a strange key", expected: .rejected(.signature)) {
            try Webhook.hmac(Webhook.body(), key: "third")
        },
        .init(name: "an empty key", expected: .rejected(.signature)) { try Webhook.hmac(Webhook.body(), key: "") },
        .init(name: "a signature cut short", expected: .rejected(.signature)) {
            try Forgery.signature { String($0.dropLast(4)) }
        },
        .init(name: "a signature without padding", expected: .rejected(.signature)) {
            try Forgery.signature { String($0.dropLast()) }
        },
        .init(name: "a blank after the signature", expected: .rejected(.signature)) {
            try Forgery.signature { $0 + " " }
        },
        .init(name: "a line break in the signature", expected: .rejected(.signature)) {
            try Forgery.signature { $0.prefix(20) + "\n" + $0.dropFirst(20) }
        },
        .init(name: "base64url instead of base64", expected: .rejected(.signature)) {
            try Forgery.signature { String($0.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }) }
        },
        .init(name: "two signatures in one", expected: .rejected(.signature)) {
            try Forgery.signature { $0 + ", " + $0 }
        },
        .init(name: "an empty signature", expected: .rejected(.signature)) { try Forgery.signature { _ in "" } },
        .init(name: "no signature", expected: .rejected(.signature)) {
            try Webhook.hmac(Webhook.body()).with("X-Lago-Signature", nil)
        },
        .init(name: "a signature of another body", expected: .rejected(.signature)) {
            var request = try Webhook.hmac(Webhook.body())
            request.body.append(0x20)
            return request
        },
        .init(name: "a token under hmac", expected: .rejected(.signature)) {
            try Webhook.jwt(Webhook.body(), with: Keys.current).with("X-Lago-Signature-Algorithm", "hmac")
        },
        .init(name: "hmac that is not accepted", expected: .rejected(.algorithm), hmacKeys: []) {
            try Webhook.hmac(Webhook.body())
        },
        .init(name: "an empty key where none is set", expected: .rejected(.algorithm), hmacKeys: []) {
            try Webhook.hmac(Webhook.body(), key: "")
        },
        .init(name: "no algorithm", expected: .rejected(.algorithm)) {
            try Webhook.hmac(Webhook.body()).with("X-Lago-Signature-Algorithm", nil)
        },
        .init(name: "the algorithm none", expected: .rejected(.algorithm)) {
            try Webhook.hmac(Webhook.body()).with("X-Lago-Signature-Algorithm", "none")
        },
    ]

    static let jwt: [VerifierCase] = [
        .init(name: "a good token", expected: .taken) { try Webhook.jwt(Webhook.body(), with: Keys.current) },
        .init(name: "a good token by the named issuer", expected: .taken, issuer: Webhook.issuer) {
            try Webhook.jwt(Webhook.body(), with: Keys.current)
        },
        .init(name: "escapes and other scripts in the body", expected: .taken) {
            try Webhook.jwt(Webhook.body(of: "株式会社 \\u003c\\\" é", mark: "😀"), with: Keys.current)
        },
        .init(name: "what is no webhook and names us", expected: .taken) {
            let body = Array(#"{"organization_id":"\#(Webhook.organization)"}"#.utf8)
            return try Webhook.jwt(body, with: Keys.current)
        },
        .init(name: "another issuer", expected: .rejected(.issuer), issuer: "https://lago.example.com") {
            try Webhook.jwt(Webhook.body(), with: Keys.current)
        },
        .init(name: "no issuer", expected: .rejected(.issuer), issuer: Webhook.issuer) {
            try Forgery.token(
                header: #"{"alg":"RS256"}"#,
                claims: Webhook.claims(of: Forgery.body, issuer: nil),
                sign: Forgery.byLago
            )
        },
        .init(name: "another installation's key", expected: .rejected(.signature)) {
            try Webhook.jwt(Webhook.body(), with: Keys.stranger)
        },
        .init(name: "another organisation", expected: .rejected(.organisation)) {
            try Webhook.jwt(Webhook.body(organization: "other"), with: Keys.current)
        },
        .init(name: "no organisation", expected: .rejected(.organisation)) {
            try Webhook.jwt(Webhook.body(organization: nil), with: Keys.current)
        },
        .init(name: "no body", expected: .rejected(.organisation)) { try Webhook.jwt([], with: Keys.current) },
        .init(name: "alg none", expected: .rejected(.algorithm)) {
            try Forgery.token(header: #"{"alg":"none"}"#) { _ in [] }
        },
        .init(name: "alg none with Lago's signature", expected: .rejected(.algorithm)) {
            try Forgery.token(header: #"{"alg":"none"}"#, sign: Forgery.byLago)
        },
        .init(name: "HS256 with the public key as secret", expected: .rejected(.algorithm)) {
            try Forgery.token(header: #"{"alg":"HS256"}"#, sign: Forgery.byPublicKey)
        },
        .init(name: "HS256 that calls itself RS256", expected: .rejected(.signature)) {
            try Forgery.token(header: #"{"alg":"RS256"}"#, sign: Forgery.byPublicKey)
        },
        .init(name: "rs256 in small letters", expected: .rejected(.algorithm)) {
            try Forgery.token(header: #"{"alg":"rs256"}"#, sign: Forgery.byLago)
        },
        .init(name: "RS512", expected: .rejected(.algorithm)) {
            try Forgery.token(header: #"{"alg":"RS512"}"#, sign: Forgery.byLago)
        },
        .init(name: "no alg", expected: .rejected(.malformed)) {
            try Forgery.token(header: "{}", sign: Forgery.byLago)
        },
        .init(name: "a key of the sender's in the header", expected: .rejected(.signature)) {
            try Forgery.token(header: #"{"alg":"RS256","jwk":{"kty":"RSA"},"x5u":"http://x"}"#) {
                try Keys.stranger.sign($0)
            }
        },
        .init(name: "data unlike the body", expected: .rejected(.dataMismatch)) {
            var request = try Webhook.jwt(Webhook.body(), with: Keys.current)
            request.body.append(0x20)
            return request
        },
        .init(name: "data like the body but for its letters' form", expected: .rejected(.dataMismatch)) {
            var request = try Webhook.jwt(Webhook.body(of: "caf\u{E9}", mark: "m"), with: Keys.current)
            request.body = Webhook.body(of: "cafe\u{301}", mark: "m")
            return request
        },
        .init(name: "no data", expected: .rejected(.malformed)) {
            try Forgery.token(header: #"{"alg":"RS256"}"#, claims: Array("{}".utf8), sign: Forgery.byLago)
        },
        .init(name: "data that is an object", expected: .rejected(.malformed)) {
            try Forgery.token(header: #"{"alg":"RS256"}"#, claims: Array(#"{"data":{}}"#.utf8), sign: Forgery.byLago)
        },
        .init(name: "an empty token", expected: .rejected(.signature)) { try Forgery.token { _ in "" } },
        .init(name: "a token of dots", expected: .rejected(.malformed)) { try Forgery.token { _ in ".." } },
        .init(name: "a token of two parts", expected: .rejected(.malformed)) {
            try Forgery.token { String($0.prefix { $0 != "." }) + ".e30" }
        },
        .init(name: "a token of four parts", expected: .rejected(.malformed)) { try Forgery.token { $0 + ".e30" } },
        .init(name: "a token in plain base64", expected: .rejected(.malformed)) {
            try Forgery.token(header: #"{"alg":"RS256"}"#, encode: Base64.encode, sign: Forgery.byLago)
        },
        .init(name: "a token cut short", expected: .rejected(.signature)) {
            try Forgery.token { String($0.dropLast(8)) }
        },
        .init(name: "an HMAC under jwt", expected: .rejected(.malformed)) {
            try Webhook.hmac(Webhook.body()).with("X-Lago-Signature-Algorithm", "jwt")
        },
        .init(name: "jwt that is not accepted", expected: .rejected(.algorithm), acceptsJWT: false) {
            try Webhook.jwt(Webhook.body(), with: Keys.current)
        },
        .init(name: "a token while the key is not known", expected: .unavailable, knowsKey: false) {
            try Webhook.jwt(Webhook.body(), with: Keys.current)
        },
        .init(name: "a token while our organisation is not known", expected: .unavailable, knowsOrganization: false) {
            try Webhook.jwt(Webhook.body(), with: Keys.current)
        },
        .init(
            name: "a token that names nobody while our organisation is not known",
            expected: .rejected(.organisation),
            knowsOrganization: false
        ) { try Webhook.jwt(Webhook.body(organization: nil), with: Keys.current) },
        .init(name: "an HMAC while nothing is known", expected: .taken, knowsKey: false, knowsOrganization: false) {
            try Webhook.hmac(Webhook.body())
        },
    ]

    @Test(arguments: hmac + jwt)
    func `only what our organisation's Lago signed is taken`(example: VerifierCase) async throws {
        let ring = KeyRing()
        ring.adopt(
            try await Self.identity(
                organization: example.knowsOrganization ? Webhook.organization : nil,
                keys: example.knowsKey ? [(key: try Keys.current, at: Int64(0))] : []
            )
        )
        let policy = WebhookVerifier.Policy(
            acceptsJWT: example.acceptsJWT,
            hmacKeys: example.hmacKeys.map { Array($0.utf8) },
            issuer: example.issuer
        )
        #expect(try example.outcome(of: WebhookVerifier(policy: policy, ring: ring)) == example.expected)
    }

    @Test(arguments: [
        (Int64(86_399_999), VerifierCase.Expectation.taken), (Int64(86_400_000), .rejected(.signature)),
    ])
    func `a key that has been replaced is good for another day`(
        later: Int64,
        expected: VerifierCase.Expectation
    ) async throws {
        let changedAt: Int64 = 1_700_000_000_000
        let ring = KeyRing()
        ring.adopt(
            try await Self.identity(
                organization: Webhook.organization,
                keys: [(key: try Keys.former, at: 0), (key: try Keys.current, at: changedAt)]
            )
        )
        let policy = WebhookVerifier.Policy(acceptsJWT: true, hmacKeys: [], issuer: nil)
        let verifier = WebhookVerifier(policy: policy, ring: ring)
        let former = VerifierCase(name: "", expected: expected) { try Webhook.jwt(Webhook.body(), with: Keys.former) }
        let current = VerifierCase(name: "", expected: .taken) { try Webhook.jwt(Webhook.body(), with: Keys.current) }
        #expect(try former.outcome(of: verifier, at: changedAt + later) == expected)
        #expect(try current.outcome(of: verifier, at: changedAt + later) == .taken)
    }

    @Test func `a configured organisation stays when the store knows another`() async throws {
        let ring = KeyRing(organization: OrganizationID(rawValue: Webhook.organization))
        ring.adopt(try await Self.identity(organization: "other", keys: []))
        #expect(ring.organization?.rawValue == Webhook.organization)
    }

    /// What a store says that has learnt these, in this order.
    private static func identity(
        organization: String?,
        keys: [(key: RSAPrivateKey, at: Int64)]
    ) async throws -> LagoIdentity {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.path("sluice.db"))
        for (key, at) in keys { try await store.write { try $0.save(publicKey: key.publicPEM, at: at) } }
        if let organization {
            let id = OrganizationID(rawValue: organization)
            try await store.write { try $0.save(organization: id, name: nil, apiURL: "http://lago", at: 0) }
        }
        let identity = try await store.lagoIdentity()
        try await store.close()
        return identity
    }
}
