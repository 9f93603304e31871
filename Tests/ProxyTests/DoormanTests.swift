import HTTPTypes
import LagoEvents
import Proxy
import TestSupport
import Testing

/// Who is let in by which header.
@Suite struct DoormanTests {
    private static let keys = ["first-key-0123456789", "second-key-0123456789"]
    private static let session = Admission(.customer(CustomerID(rawValue: "s")), expires: 7)
    private let doorman = Doorman(
        keys: Self.keys,
        tokens: CustomerTokens(secret: TestToken.secret) { 1_800_000_000_000 },
        session: { $0[.cookie] == "sluice=good" ? Self.session : nil }
    )

    private func headers(_ authorization: String?, cookie: String? = nil) -> HTTPFields {
        var headers: HTTPFields = [:]
        headers[.authorization] = authorization
        headers[.cookie] = cookie
        return headers
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func `server keys are told apart by their place, and never expire`(scheme: String) async throws {
        for (number, key) in Self.keys.enumerated() {
            let admission = try await self.doorman.admission(of: self.headers("\(scheme) \(key)"))
            #expect(admission == Admission(.server(name: "key-\(number + 1)")))
        }
    }

    @Test func `a customer comes by a token`() async throws {
        let token = try TestToken.hs256(TestToken.claims("c", expires: 1_800_000_100))
        let admission = try await self.doorman.admission(of: self.headers("Bearer \(token)"))
        #expect(admission == Admission(.customer(CustomerID(rawValue: "c")), expires: 1_800_000_100_000))
    }

    @Test func `without a secret nobody comes by a token`() async throws {
        let token = try TestToken.hs256(TestToken.claims("c", expires: 1_800_000_100))
        await #expect(throws: APIFailure.unauthorized) {
            try await Doorman(keys: Self.keys).admission(of: self.headers("Bearer \(token)"))
        }
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "Basic first-key-0123456789", "first-key-0123456789", "Bearer first-key-012345678",
        "Bearer first-key-0123456789 second-key-0123456789", "Bearer first-key-0123456789,", "Bearer .", "Bearer ..",
        "Bearer first-key-0123456789, Bearer second-key-0123456789", "Bearer FIRST-KEY-0123456789",
    ])
    func `anything else is refused, also beside a session`(authorization: String) async throws {
        for cookie in [nil, "sluice=good"] {
            await #expect(throws: APIFailure.unauthorized) {
                try await self.doorman.admission(of: self.headers(authorization, cookie: cookie))
            }
        }
    }

    @Test func `a session counts where no Authorization is sent`() async throws {
        #expect(try await self.doorman.admission(of: self.headers(nil, cookie: "sluice=good")) == Self.session)
        await #expect(throws: APIFailure.unauthorized) {
            try await self.doorman.admission(of: self.headers(nil, cookie: "sluice=bad"))
        }
        await #expect(throws: APIFailure.unauthorized) {
            try await Doorman(keys: Self.keys).admission(of: self.headers(nil, cookie: "sluice=good"))
        }
    }
}
