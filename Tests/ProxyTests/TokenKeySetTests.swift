import Foundation
import JWTKit
import Proxy
import Signatures
import Synchronization
import TestSupport
import Testing
import Transport

/// Keys that an issuer publishes, over a socket, with a clock that the test sets.
@Suite(.timeLimit(.minutes(3))) struct TokenKeySetTests {
    private static let start: Int64 = 1_800_000_000
    private static let claims = TestToken.claims("c", expires: Self.start + 1_000_000)

    /// An issuer, and what asks it.
    private final class Issuer: Sendable {
        enum Answer: Sendable {
            case keys([String])
            case raw(Int, headers: [(String, String)] = [], body: [UInt8] = [])
            /// The connection is closed without a word.
            case none
        }

        let asked = Record<String>()
        let gate = Gate()
        private let state = Mutex((answer: Answer.keys([]), seconds: TokenKeySetTests.start, waits: false))

        func say(_ answer: Answer) { self.state.withLock { $0.answer = answer } }
        func pass(_ seconds: Int64) { self.state.withLock { $0.seconds += seconds } }
        func hold() { self.state.withLock { $0.waits = true } }
        @Sendable func now() -> Int64 { self.state.withLock { $0.seconds * 1000 } }

        func serve(_ connection: TCPConnection) async throws {
            while let request = try await connection.readRequest() {
                self.asked.add(request.target)
                let (answer, _, waits) = self.state.withLock { $0 }
                if waits { await self.gate.wait() }
                switch answer {
                case .keys(let keys):
                    let body = #"{"keys":[\#(keys.joined(separator: ","))]}"#
                    try await connection.respond(
                        headers: [("Content-Type", "application/json")],
                        body: Array(body.utf8)
                    )
                case .raw(let status, let headers, let body):
                    try await connection.respond(status, headers: headers, body: body)
                case .none: return
                }
            }
        }
    }

    private func running(
        patience: Duration = .seconds(60),
        _ body: (Issuer, CustomerTokens) async throws -> Void
    ) async throws {
        let issuer = Issuer()
        let engine = try TransferEngine()
        try await TCPPeer.serving {
            try await issuer.serve($0)
        } during: { peer in
            let url = "http://127.0.0.1:\(peer.port)/keys"
            let keySet = TokenKeySet(
                url: url,
                transfers: engine,
                patience: patience,
                logger: quietLogger,
                now: issuer.now
            )
            try await body(issuer, CustomerTokens(keySet: keySet, now: issuer.now))
            // Idle connections would keep the peer.
            await engine.shutdown()
        }
    }

    private static func published(_ key: RSAPrivateKey, id: String? = "k1", more: String = "") throws -> String {
        let (modulus, exponent) = try Insecure.RSA.PublicKey(pem: key.publicPEM).getKeyPrimitives()
        let name = id.map { #""kid":"\#($0)","# } ?? ""
        let (n, e) = (Base64.encodeURL([UInt8](modulus)), Base64.encodeURL([UInt8](exponent)))
        return #"{"kty":"RSA",\#(name)"n":"\#(n)","e":"\#(e)"\#(more)}"#
    }

    private static func token(_ key: RSAPrivateKey, id: String? = "k1") throws -> String {
        let name = id.map { #","kid":"\#($0)""# } ?? ""
        return try TestToken.rs256(Self.claims, header: #"{"alg":"RS256"\#(name)}"#, with: key)
    }

    @Test func `keys of both kinds are taken, and asked for once in five minutes`() async throws {
        let (rsa, ec) = (try RSAPrivateKey(), ES256PrivateKey())
        try await self.running { issuer, tokens in
            #expect(issuer.asked.count == 0)
            let parameters = try #require(ec.publicKey.parameters)
            let (x, y) = (Self.url(parameters.x), Self.url(parameters.y))
            let published = #"{"kty":"EC","crv":"P-256","kid":"k2","alg":"ES256","use":"sig","x":"\#(x)","y":"\#(y)"}"#
            issuer.say(.keys([try Self.published(rsa, more: #","alg":"RS256""#), published]))
            let keys = await JWTKeyCollection().add(ecdsa: ec)
            let claims = TestClaims(sub: "c", exp: Double(Self.start + 1000))
            let signed = try await keys.sign(claims, header: ["kid": "k2"])
            for token in [signed, try Self.token(rsa)] {
                #expect(await tokens.admission(by: token) != nil)
            }
            issuer.pass(299)
            #expect(await tokens.admission(by: try Self.token(rsa)) != nil)
            #expect(issuer.asked.all == ["/keys"])
            issuer.pass(1)
            #expect(await tokens.admission(by: try Self.token(rsa)) != nil)
            #expect(issuer.asked.count == 2)
        }
    }

    /// JWTKit's own base64 of a coordinate, as key sets write it.
    private static func url(_ text: String) -> String {
        text.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    @Test func `a new key is found by a token that names it, at most once a minute`() async throws {
        let (old, new) = (try RSAPrivateKey(), try RSAPrivateKey())
        try await self.running { issuer, tokens in
            issuer.say(.keys([try Self.published(old)]))
            #expect(await tokens.admission(by: try Self.token(old)) != nil)
            issuer.say(.keys([try Self.published(new, id: "k2")]))
            for _ in 1...5 { #expect(await tokens.admission(by: try Self.token(new, id: "k2")) == nil) }
            issuer.pass(59)
            #expect(await tokens.admission(by: try Self.token(new, id: "k2")) == nil)
            #expect(issuer.asked.count == 1)
            issuer.pass(1)
            #expect(await tokens.admission(by: try Self.token(new, id: "k2")) != nil)
            #expect(issuer.asked.count == 2)
            // What is no longer published is no longer good, and names nobody has are not asked for at will.
            #expect(await tokens.admission(by: try Self.token(old)) == nil)
            for number in 1...20 { _ = await tokens.admission(by: try Self.token(new, id: "x\(number)")) }
            #expect(issuer.asked.count == 2)
        }
    }

    @Test func `a key under another's name does not pass for it`() async throws {
        let (one, other) = (try RSAPrivateKey(), try RSAPrivateKey())
        try await self.running { issuer, tokens in
            issuer.say(.keys([try Self.published(one), try Self.published(other, id: "k2")]))
            #expect(await tokens.admission(by: try Self.token(one)) != nil)
            #expect(await tokens.admission(by: try Self.token(one, id: "k2")) == nil)
            // Without a name it could be either.
            #expect(await tokens.admission(by: try Self.token(one, id: nil)) == nil)
            issuer.pass(300)
            issuer.say(.keys([try Self.published(one, id: nil)]))
            #expect(await tokens.admission(by: try Self.token(one, id: nil)) != nil)
            #expect(await tokens.admission(by: try Self.token(one)) == nil)
        }
    }

    @Test func `many tokens at once wait for one fetch`() async throws {
        let key = try RSAPrivateKey()
        let token = try Self.token(key)
        try await self.running { issuer, tokens in
            issuer.say(.keys([try Self.published(key)]))
            issuer.hold()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 1...20 { group.addTask { await tokens.admission(by: token) != nil } }
                #expect(await eventually { issuer.asked.count == 1 })
                issuer.gate.open()
                for try await isLetIn in group { #expect(isLetIn) }
            }
            #expect(issuer.asked.count == 1)
        }
    }

    @Test func `while the address is away, the last keys are good for a day`() async throws {
        let key = try RSAPrivateKey()
        try await self.running { issuer, tokens in
            issuer.say(.keys([try Self.published(key)]))
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
            issuer.say(.none)
            issuer.pass(301)
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
            let asked = issuer.asked.count
            #expect(asked > 1)
            for _ in 1...5 { #expect(await tokens.admission(by: try Self.token(key)) != nil) }
            #expect(issuer.asked.count == asked, "not again within a minute")
            issuer.pass(86_400 - 301)
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
            issuer.pass(1)
            #expect(await tokens.admission(by: try Self.token(key)) == nil)
            issuer.say(.keys([try Self.published(key)]))
            issuer.pass(60)
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
        }
    }

    @Test func `an address that says nothing is not waited for for long, and the last keys are used`() async throws {
        let key = try RSAPrivateKey()
        try await self.running(patience: .seconds(2)) { issuer, tokens in
            issuer.say(.keys([try Self.published(key)]))
            let hasKeys = try await eventually {
                issuer.pass(10)
                return await tokens.admission(by: try Self.token(key)) != nil
            }
            #expect(hasKeys)
            issuer.hold()
            issuer.pass(301)
            let asked = ContinuousClock.now
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
            #expect(.now - asked >= .seconds(2))
            issuer.gate.open()
        }
    }

    @Test func `before there are any keys, the address is asked every ten seconds`() async throws {
        let key = try RSAPrivateKey()
        try await self.running { issuer, tokens in
            issuer.say(.none)
            for _ in 1...3 { #expect(await tokens.admission(by: try Self.token(key)) == nil) }
            #expect(issuer.asked.count == 1)
            issuer.say(.keys([try Self.published(key)]))
            issuer.pass(10)
            #expect(await tokens.admission(by: try Self.token(key)) != nil)
        }
    }

    @Test(arguments: ["redirect", "error", "large", "text", "list", "created"])
    func `an answer that is no key set changes nothing`(kind: String) async throws {
        let key = try RSAPrivateKey()
        let elsewhere = Record<String>()
        let good = try Self.published(key)
        try await TCPPeer.serving { connection in
            while let request = try await connection.readRequest() {
                elsewhere.add(request.target)
                try await connection.respond(body: Array(#"{"keys":[\#(good)]}"#.utf8))
            }
        } during: { stranger in
            try await self.running { issuer, tokens in
                let set = Array(#"{"keys":[\#(good)]}"#.utf8)
                let answers: [String: Issuer.Answer] = [
                    "redirect": .raw(302, headers: [("Location", "http://127.0.0.1:\(stranger.port)/keys")], body: set),
                    "error": .raw(500, body: set), "created": .raw(201, body: set),
                    "large": .raw(200, body: set + [UInt8](repeating: 0x20, count: 1 << 18)),
                    "text": .raw(200, body: Array("keys".utf8)), "list": .raw(200, body: Array("[\(good)]".utf8)),
                ]
                issuer.say(try #require(answers[kind]))
                #expect(await tokens.admission(by: try Self.token(key)) == nil)
                issuer.say(.raw(200, body: set + [UInt8](repeating: 0x20, count: 1000)))
                issuer.pass(10)
                #expect(await tokens.admission(by: try Self.token(key)) != nil)
                issuer.say(try #require(answers[kind]))
                issuer.pass(300)
                #expect(await tokens.admission(by: try Self.token(key)) != nil)
                #expect(issuer.asked.count == 3)
            }
            #expect(elsewhere.count == 0)
        }
    }

    @Test(arguments: [
        (#","alg":"RS512""#, false), (#","alg":"PS256""#, false), (#","alg":"HS256""#, false),
        (#","use":"enc""#, false),
        (#","key_ops":["encrypt"]"#, false), (#","d":"AQAB""#, false), (#","crv":"P-256""#, false),
        (#","alg":7"#, false), (#","key_ops":["verify"],"use":"sig""#, true),
        (#","x5c":["…"],"colour":{"red":[1]}"#, true),
    ])
    func `a published key counts where it is for signatures by RS256 or ES256`(more: String, isGood: Bool) async throws
    {
        let (key, second) = (try RSAPrivateKey(), try RSAPrivateKey())
        try await self.running { issuer, tokens in
            issuer.say(.keys(["7", try Self.published(key, more: more), try Self.published(second, id: "k2")]))
            #expect(await tokens.admission(by: try Self.token(second, id: "k2")) != nil)
            #expect((await tokens.admission(by: try Self.token(key)) != nil) == isGood)
        }
    }

    @Test func `a secret that is published, or a token by another algorithm, is nobody's`() async throws {
        let key = try RSAPrivateKey()
        try await self.running { issuer, tokens in
            let k = Base64.encodeURL(Array(TestToken.secret.utf8))
            issuer.say(.keys([#"{"kty":"oct","kid":"k1","alg":"HS256","k":"\#(k)"}"#]))
            let symmetric = try TestToken.hs256(Self.claims, header: #"{"alg":"HS256","kid":"k1"}"#)
            #expect(await tokens.admission(by: symmetric) == nil)
            // Nothing that could be right in it: the issuer is not even asked.
            #expect(issuer.asked.count == 0)
            issuer.say(.keys([try Self.published(key)]))
            for secret in [key.publicPEM, ""] {
                let header = #"{"alg":"RS256","kid":"k1"}"#
                let token = try TestToken.hs256(Self.claims, header: header, secret: secret)
                #expect(await tokens.admission(by: token) == nil)
            }
        }
    }
}
