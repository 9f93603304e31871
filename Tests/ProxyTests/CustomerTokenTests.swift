import Foundation
import JWTKit
import LagoEvents
import Proxy
import Signatures
import TestSupport
import Testing

/// Which tokens let a customer in.
@Suite(.timeLimit(.minutes(3))) struct CustomerTokenTests {
    /// In seconds.
    private static let now: Int64 = 1_800_000_000
    private static let later = Self.now + 900
    private let tokens = CustomerTokens(secret: TestToken.secret) { CustomerTokenTests.now * 1000 }

    private static let good = TestToken.claims("c", expires: Self.later)

    private func isLetIn(_ token: String) async -> Bool { await self.tokens.admission(by: token) != nil }

    @Test func `a token says who comes, and until when`() async throws {
        let admission = await self.tokens.admission(by: try TestToken.hs256(Self.good))
        #expect(admission == Admission(.customer(CustomerID(rawValue: "c")), expires: Self.later * 1000))
    }

    @Test func `a minted token is let in until it expires`() async throws {
        let customer = CustomerID(rawValue: #"a "b"/ü"#)
        let (token, expires) = try await CustomerTokens.mint(
            for: customer,
            secret: TestToken.secret,
            lasting: .seconds(60),
            at: Self.now * 1000 + 999
        )
        #expect(expires == (Self.now + 60) * 1000)
        #expect(await self.tokens.admission(by: token) == Admission(.customer(customer), expires: expires))
        let other = CustomerTokens(secret: String(TestToken.secret.reversed())) { Self.now * 1000 }
        #expect(await other.admission(by: token) == nil)
    }

    @Test(arguments: [
        (-61, false), (-60, false), (-59, true), (0, true), (1, true), (98_000_000_000, true), (99_000_000_000, false),
    ])
    func `exp is in the future, give or take a minute, and in seconds`(offset: Int64, isGood: Bool) async throws {
        let token = try TestToken.hs256(TestToken.claims("c", expires: Self.now + offset))
        #expect(await self.isLetIn(token) == isGood)
    }

    @Test(arguments: ["nbf", "iat"], [(-9, true), (0, true), (60, true), (61, false), (1e10, false)])
    func `what begins in the future is not valid yet`(name: String, time: (offset: Double, isGood: Bool)) async throws {
        let more = #","\#(name)":\#(Double(Self.now) + time.offset)"#
        let token = try TestToken.hs256(TestToken.claims("c", expires: Self.later, more: more))
        #expect(await self.isLetIn(token) == time.isGood)
    }

    @Test(arguments: [
        #"{"sub":"c"}"#, #"{"sub":"c","exp":null}"#, #"{"sub":"c","exp":"1800000900"}"#, #"{"sub":"c","exp":1e400}"#,
        #"{"sub":"c","exp":true}"#, #"{"exp":1800000900}"#, #"{"sub":null,"exp":1800000900}"#,
        #"{"sub":7,"exp":1800000900}"#, #"{"sub":["c"],"exp":1800000900}"#, #"{"sub":"","exp":1800000900}"#,
        #"{"sub":"a\u0000b","exp":1800000900}"#, #"{"sub":"a\nb","exp":1800000900}"#,
        #"{"sub":"a\u0085b","exp":1800000900}"#, #"{"sub":"a\u007f","exp":1800000900}"#,
        #"{"sub":"c","exp":1800000900,"nbf":"soon"}"#, #"{"sub":"c","exp":1800000900"#, "[]", "null", "", "c",
    ])
    func `claims that miss something, or say something else, let nobody in`(claims: String) async throws {
        #expect(await self.isLetIn(try TestToken.hs256(claims)) == false)
    }

    @Test(arguments: [(255, true), (256, false)])
    func `a customer's id has 255 bytes at most`(length: Int, isGood: Bool) async throws {
        let id = String(repeating: "é", count: 127) + String(repeating: "x", count: length - 254)
        #expect(await self.isLetIn(try TestToken.hs256(TestToken.claims(id, expires: Self.later))) == isGood)
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":""}"#, #"{"alg":null}"#, "{}", #"{"alg":"hs256"}"#,
        #"{"alg":"HS384"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#, #"{"alg":"ES256"}"#, #"{"alg":["HS256"]}"#,
        #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","crit":[],"b64":false}"#, #"{"alg":"HS256","kid":7}"#, "x",
        "",
    ])
    func `a header that says anything but HS256 lets nobody in`(header: String) async throws {
        #expect(await self.isLetIn(try TestToken.hs256(Self.good, header: header)) == false)
        let unsigned = try TestToken.signed(Self.good, header: header) { _ in [] }
        #expect(await self.isLetIn(unsigned) == false)
        #expect(await self.isLetIn(String(unsigned.dropLast())) == false)
    }

    @Test func `a header may name a key, and its type`() async throws {
        let header = #"{"typ":"at+jwt","kid":"any","alg":"HS256","jku":"http://127.0.0.1/","jwk":{"kty":"oct"}}"#
        #expect(await self.isLetIn(try TestToken.hs256(Self.good, header: header)))
    }

    @Test(arguments: [
        (#","iss":"https://id.example","aud":"sluice""#, true),
        (#","iss":"https://id.example","aud":["other","sluice"]"#, true),
        ("", false), (#","iss":"https://id.example""#, false), (#","aud":"sluice""#, false),
        (#","iss":"https://id.example/","aud":"sluice""#, false),
        (#","iss":"https://id.example","aud":"Sluice""#, false),
        (#","iss":"https://id.example","aud":["other"]"#, false), (#","iss":"https://id.example","aud":[]"#, false),
        (#","iss":null,"aud":null"#, false), (#","iss":["https://id.example"],"aud":"sluice""#, false),
    ])
    func `a token made by another issuer, or for another application, lets nobody in`(
        more: String,
        isGood: Bool
    ) async throws {
        let terms = TokenTerms(issuer: "https://id.example", audience: "sluice")
        let tokens = CustomerTokens(secret: TestToken.secret, terms: terms) { Self.now * 1000 }
        let token = try TestToken.hs256(TestToken.claims("c", expires: Self.later, more: more))
        #expect((await tokens.admission(by: token) != nil) == isGood)
        let minted = try await CustomerTokens.mint(
            for: CustomerID(rawValue: "c"),
            secret: TestToken.secret,
            terms: terms,
            lasting: .seconds(60),
            at: Self.now * 1000
        )
        #expect(await tokens.admission(by: minted.token) != nil)
    }

    @Test func `a token is 8 KiB long at most`() async throws {
        func token(padding: Int) throws -> String {
            let more = #","more":"\#(String(repeating: "x", count: padding))""#
            return try TestToken.hs256(TestToken.claims("c", expires: Self.later, more: more))
        }
        // Three bytes of claims are four of token.
        let empty = try token(padding: 0).utf8.count
        let padding = (8192 - empty) / 4 * 3
        #expect(try token(padding: padding).utf8.count <= 8192)
        #expect(await self.isLetIn(try token(padding: padding)))
        #expect(try token(padding: padding + 6).utf8.count > 8192)
        #expect(await self.isLetIn(try token(padding: padding + 6)) == false)
    }

    @Test func `a public key lets in what its other half signed, by its own algorithm`() async throws {
        let rsa = try RSAPrivateKey()
        let pem = rsa.publicPEM
        let tokens = try CustomerTokens(publicKey: PublicKeyPEM(pem)) { Self.now * 1000 }
        #expect(await tokens.admission(by: try TestToken.rs256(Self.good, with: rsa)) != nil)
        #expect(await tokens.admission(by: try TestToken.rs256(Self.good, with: RSAPrivateKey())) == nil)
        // The key is public: as a secret of HS256 it would be everybody's.
        for secret in [pem, pem.trimmingCharacters(in: .newlines), try PublicKeyPEM(pem).text] {
            for header in [#"{"alg":"HS256"}"#, #"{"alg":"RS256"}"#] {
                let token = try TestToken.hs256(Self.good, header: header, secret: secret)
                #expect(await tokens.admission(by: token) == nil)
            }
        }
        for alg in ["PS256", "RS384", "RS512", "ES256", "none", "HS256"] {
            let token = try TestToken.rs256(Self.good, header: #"{"alg":"\#(alg)"}"#, with: rsa)
            #expect(await tokens.admission(by: token) == nil)
        }
        #expect(await self.isLetIn(try TestToken.rs256(Self.good, with: rsa)) == false)
    }

    @Test func `an EC key does so by ES256`() async throws {
        let key = ES256PrivateKey()
        let tokens = try CustomerTokens(publicKey: PublicKeyPEM(key.publicKey.pemRepresentation)) { Self.now * 1000 }
        let keys = await JWTKeyCollection().add(ecdsa: key)
        let token = try await keys.sign(TestClaims(sub: "c", exp: Double(Self.later)))
        #expect(await tokens.admission(by: token)?.principal == .customer(CustomerID(rawValue: "c")))
        let strangers = await JWTKeyCollection().add(ecdsa: ES256PrivateKey())
        let forged = try await strangers.sign(TestClaims(sub: "c", exp: Double(Self.later)))
        #expect(await tokens.admission(by: forged) == nil)
        let parts = token.split(separator: ".")
        // Zeros for both numbers, as some libraries once took them for a signature.
        for signature in [[UInt8](repeating: 0, count: 64), []] {
            let forged = "\(parts[0]).\(parts[1]).\(Base64.encodeURL(signature))"
            #expect(await tokens.admission(by: forged) == nil)
        }
    }

    @Test(arguments: ["HS256", "RS256", "ES256"])
    func `no token that was changed is let in, of ten thousand`(algorithm: String) async throws {
        let (tokens, valid) = try await Self.samples(of: algorithm)
        for token in valid { #expect(await tokens.admission(by: token) != nil) }
        var random = SplitMix64(seed: 20_260_101)
        var passed: [String] = []
        for _ in 0..<10_000 {
            let (one, other) = (valid[Int(random.int(0...1))], valid[Int(random.int(0...1))])
            let changed = Self.change(one, other, &random)
            guard !valid.contains(changed) else { continue }
            if await tokens.admission(by: changed) != nil { passed.append(changed) }
        }
        #expect(passed == [])
    }

    /// Two valid tokens of different customers, and what they are valid for.
    private static func samples(of algorithm: String) async throws -> (CustomerTokens, [String]) {
        let now: @Sendable () -> Int64 = { Self.now * 1000 }
        let claims = ["c", "d"].map { TestToken.claims($0, expires: Self.later) }
        switch algorithm {
        case "HS256":
            return (CustomerTokens(secret: TestToken.secret, now: now), try claims.map { try TestToken.hs256($0) })
        case "RS256":
            let key = try RSAPrivateKey()
            let tokens = try CustomerTokens(publicKey: PublicKeyPEM(key.publicPEM), now: now)
            return (tokens, try claims.map { try TestToken.rs256($0, with: key) })
        default:
            let key = ES256PrivateKey()
            let keys = await JWTKeyCollection().add(ecdsa: key)
            let tokens = try CustomerTokens(publicKey: PublicKeyPEM(key.publicKey.pemRepresentation), now: now)
            var valid: [String] = []
            for name in ["c", "d"] { valid.append(try await keys.sign(TestClaims(sub: name, exp: Double(Self.later)))) }
            return (tokens, valid)
        }
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é".unicodeScalars
    )

    /// One of the changes that somebody may try.
    private static func change(_ token: String, _ other: String, _ random: inout SplitMix64) -> String {
        var scalars = Array(token.unicodeScalars)
        let place = Int(random.int(0...Int64(scalars.count - 1)))
        let scalar = random.element(of: Self.alphabet) ?? "A"
        switch random.int(0...7) {
        case 0: scalars[place] = scalar
        case 1: scalars.insert(scalar, at: place)
        case 2: scalars.remove(at: place)
        case 3: scalars = Array(scalars[..<place])
        case 4: scalars.append(scalar)
        case 5:
            // The last character of a part, whose lowest bits may mean nothing.
            let ends = scalars.indices.filter { $0 + 1 == scalars.count || scalars[$0 + 1] == "." }
            scalars[random.element(of: ends) ?? place] = scalar
        case 6:
            let parts = zip(token.split(separator: "."), other.split(separator: ".")).map { random.chance(2) ? $0 : $1 }
            return parts.joined(separator: ".")
        default:
            let second = Int(random.int(0...Int64(scalars.count - 1)))
            scalars.swapAt(place, second)
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Claims as an issuer has them signed by JWTKit.
struct TestClaims: JWTPayload {
    let sub: String
    let exp: Double

    func verify(using algorithm: some JWTAlgorithm) {}
}
