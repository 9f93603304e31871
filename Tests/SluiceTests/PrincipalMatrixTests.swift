import Foundation
import HTTPTypes
import LagoAPI
import Proxy
import Rules
import Sandbox
import Settings
import Signatures
import Store
import Telemetry
import TestSupport
import Testing
import Transport

@testable import sluice

/// Every route of the API that `sluice serve` has, asked by everybody: who is let in, and to what.
@Suite(.timeLimit(.minutes(5))) struct PrincipalMatrixTests {
    private static let key = "matrix-key-0123456789abcdef"
    private static let own = "cK"

    /// A server with `cK` and `d` at its Lago, and what is cK's.
    private struct Stage: Sendable {
        let port: Int
        let routes: [APIRoute]
        let invoice: String
        let wallet: String

        /// For the API's own document to judge.
        let answers = Record<APIExchange>()

        func answer(_ request: HTTPRequestText, by token: String?) async throws -> HTTPAnswer {
            let (method, target) = (request.method, request.target)
            let request = request.with("Authorization", token.map { "Bearer \($0)" })
            let answer = try #require(try await request.send(to: self.port), "\(method) \(target)")
            let (status, headers, body) = (answer.status, answer.headers, answer.body)
            self.answers.add(APIExchange(method, target, status: status, headers: headers, body: body))
            return answer
        }
    }

    private static func token(_ customer: String, after seconds: Int64 = 900, header: String? = nil) throws -> String {
        let claims = TestToken.claims(customer, expires: Int64(Date().timeIntervalSince1970) + seconds)
        return try header.map { try TestToken.hs256(claims, header: $0) } ?? TestToken.hs256(claims)
    }

    private static func onStage(_ body: (Stage) async throws -> Void) async throws {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            for customer in [Self.own, "d"] { try lago.sandbox.createCustomer(customer, credits: "22") }
            try lago.sandbox.recordUsage(customer: Self.own, units: "100")
            lago.sandbox.advanceToBilling()
            let own = [
                "API_KEYS": "\(Self.key),another-key-0123456789", "API_JWT_SECRET": TestToken.secret,
                "LAGO_MAX_REQUESTS_PER_SECOND": "1000", "RATE_LIMIT_PER_MINUTE": "1000000",
            ]
            let home = try SluiceHome(lago.settings.merging(own) { $1 })
            try await home.serving { sluice in
                let port = try await sluice.port()
                let invoices =
                    try await APIPeer(port: port, token: Self.key)
                    .object("GET", "invoices?external_customer_id=\(Self.own)")["invoices"] as? [[String: Any]]
                let invoice = try #require(invoices?.first?["lago_id"] as? String)
                let wallet = try #require(lago.sandbox.wallets(of: Self.own).first).id
                let stage = Stage(port: port, routes: try await Self.routes(home), invoice: invoice, wallet: wallet)
                try await body(stage)
                #expect(try await OpenAPIDocument.sluice.problems(of: stage.answers.all) == [])
                #expect(!sluice.messages.contains("the API failed"))
                // Nothing of what was shown is in the log.
                #expect(!sluice.errors.contains(Self.key) && !sluice.errors.contains("eyJ"))
            }
        }
    }

    /// The routes as the program puts them together; they are looked at, not called.
    private static func routes(_ home: SluiceHome) async throws -> [APIRoute] {
        let folder = try TemporaryFolder()
        let settings = try Settings(await SettingsSource(environment: home.settings))
        let store = try Store(path: folder.path("routes.db"))
        let transfers = try TransferEngine()
        let parts = ServerParts(
            settings: settings,
            roles: [.receiver],
            store: store,
            transfers: transfers,
            registry: PrometheusRegistry(),
            logger: quietLogger,
            mail: try MailParts(settings: settings.mail),
            onListening: { _, _ in }
        )
        let client = LagoClient(
            address: try #require(settings.lago.address),
            key: "",
            engine: transfers,
            limiter: RateLimiter(requestsPerSecond: 1),
            logger: quietLogger
        )
        let balances = AccountBalances(store: store, policy: .none)
        let feed = BalanceFeed(store: store, balances: balances, logger: quietLogger)
        let routes = parts.apiRoutes(client, balances, feed)
        await transfers.shutdown()
        try await store.close()
        return routes
    }

    /// A request of which only the gate has to know: nothing is where it asks.
    private static func anyRequest(_ route: APIRoute) -> HTTPRequestText {
        let path = route.path.replacing(/\{[a-z_]+\}/, with: "x")
        let json = [(name: "Content-Type", value: "application/json")]
        return HTTPRequestText(
            route.method.rawValue,
            path,
            headers: route.takesBody ? json : [],
            body: Array((route.takesBody ? "{}" : "").utf8)
        )
    }

    @Test func `without a valid key or token every route answers the same 401`() async throws {
        try await Self.onStage { stage in
            let now = Int64(Date().timeIntervalSince1970)
            let begins = #","nbf":\#(now + 600)"#
            let unsigned = try TestToken.signed(
                TestToken.claims(Self.own, expires: now + 900),
                header: #"{"alg":"none"}"#
            ) {
                _ in []
            }
            let tokens: [(who: String, token: String?)] = [
                ("nobody", nil), ("an empty token", ""), ("a bad key", Self.key + "0"),
                ("a part of a key", String(Self.key.dropLast())), ("both keys", Self.key + ",another-key-0123456789"),
                ("expired", try Self.token(Self.own, after: -61)),
                ("not yet valid", try TestToken.hs256(TestToken.claims(Self.own, expires: now + 900, more: begins))),
                ("another algorithm", try Self.token(Self.own, header: #"{"alg":"HS512"}"#)),
                ("no algorithm", unsigned),
                ("RS256", try TestToken.rs256(TestToken.claims(Self.own, expires: now + 900), with: RSAPrivateKey())),
                ("no end", try TestToken.hs256(#"{"sub":"cK"}"#)), ("no customer", try Self.token("")),
                (
                    "another's secret",
                    try TestToken.hs256(
                        TestToken.claims(Self.own, expires: now + 900),
                        secret: String(repeating: "x", count: 32)
                    )
                ),
                ("the secret itself", TestToken.secret),
            ]
            #expect(stage.routes.count >= 20)
            let unknown = APIRoute(.get, "/nowhere", for: .customers) { _ in APIAnswer(.null) }
            for route in stage.routes + [unknown] {
                for (who, token) in tokens {
                    let answer = try await stage.answer(Self.anyRequest(route), by: token)
                    let place = "\(route.method) \(route.path) by \(who)"
                    #expect(answer.status == 401 && answer.header("WWW-Authenticate") == "Bearer", "\(place)")
                    #expect(answer.text == #"{"status":401,"error":"Unauthorized","code":"unauthorized"}"#, "\(place)")
                }
            }
        }
    }

    @Test func `what is for servers is refused to every customer`() async throws {
        try await Self.onStage { stage in
            let routes = stage.routes.filter { if case .servers = $0.access { true } else { false } }
            #expect(!routes.isEmpty)
            for route in routes {
                for customer in [Self.own, "d", "nobody"] {
                    let answer = try await stage.answer(Self.anyRequest(route), by: try Self.token(customer))
                    #expect(answer.status == 403, "\(route.method) \(route.path)")
                    #expect(answer.text == #"{"status":403,"error":"Forbidden","code":"forbidden"}"#)
                }
                for key in [Self.key, "another-key-0123456789"] {
                    let answer = try await stage.answer(Self.anyRequest(route), by: key)
                    #expect(![401, 403].contains(answer.status), "\(route.method) \(route.path)")
                }
            }
            // Nothing of cK's came to harm.
            let path = "/api/lago/subscriptions/sub_\(Self.own)"
            #expect(try await stage.answer(HTTPRequestText("GET", path), by: Self.key).status == 200)
        }
    }

    /// What is cK's, by route: what stands for the `{…}` of its path, and what comes behind it. Each of the API's routes for
    /// customers is here.
    private static func requests(_ stage: Stage) -> [String: (target: String, json: String?)] {
        let own = "external_customer_id=\(Self.own)"
        return [
            "GET /customers": ("/customers?external_id=\(Self.own)", nil),
            "GET /wallets": ("/wallets?\(own)", nil),
            "POST /wallets": ("/wallets", #"{"external_customer_id":"\#(Self.own)","paid_credits":"5"}"#),
            "PATCH /wallets": ("/wallets", #"{"wallet_id":"\#(stage.wallet)","paid_credits":"5"}"#),
            "GET /wallets/{id}/transactions": ("/wallets/\(stage.wallet)/transactions", nil),
            "GET /wallets/stream": ("/wallets/stream?\(own)", nil),
            "GET /usage": ("/usage?external_subscription_id=sub_\(Self.own)", nil),
            "GET /usage/report": ("/usage/report?\(own)", nil),
            "GET /invoices": ("/invoices?\(own)", nil),
            "GET /invoices/{id}": ("/invoices/\(stage.invoice)", nil),
            "GET /invoices/{id}/download": ("/invoices/\(stage.invoice)/download", nil),
            "POST /invoices/{id}/payment_url": ("/invoices/\(stage.invoice)/payment_url", nil),
            "GET /subscriptions": ("/subscriptions?\(own)", nil),
            "GET /subscriptions/{external_id}": ("/subscriptions/sub_\(Self.own)", nil),
            "GET /settings": ("/settings?\(own)", nil),
            "PUT /settings": ("/settings?\(own)", #"{"mail":{"low_balance":false}}"#),
        ]
    }

    @Test func `a customer has what is the customer's own, and another's is not there`() async throws {
        try await Self.onStage { stage in
            let requests = Self.requests(stage)
            let routes = stage.routes.filter { if case .customers = $0.access { true } else { false } }
            for route in routes {
                let name = "\(route.method) \(route.path.dropFirst("/api/lago".count))"
                guard let (target, json) = requests[name] else {
                    Issue.record("no request of this test asks for \(name)")
                    continue
                }
                let request = HTTPRequestText(
                    route.method.rawValue,
                    "/api/lago\(target)",
                    headers: json == nil ? [] : [("Content-Type", "application/json")],
                    body: Array((json ?? "").utf8)
                )
                // The last of them ends in the sign for Kelvin, which Swift takes for a K.
                for customer in ["d", "nobody", "ck", "cK ", "c\u{212A}"] {
                    let answer = try await stage.answer(request, by: try Self.token(customer))
                    #expect(answer.status == 404, "\(name) by \(customer): \(answer.text)")
                    #expect(!answer.text.contains(stage.invoice), "\(name)")
                }
                // Where a payment cannot be asked for, Lago says why.
                let good: Set = route.path.hasSuffix("/payment_url") ? [200, 422] : [200]
                for token in [try Self.token(Self.own), Self.key] {
                    let answer = try await stage.answer(request, by: token)
                    #expect(good.contains(answer.status), "\(name): \(answer.status) \(answer.text)")
                }
            }
        }
    }

    @Test(arguments: ["customers", "wallets", "usage/report", "invoices", "subscriptions", "settings"])
    func `a customer who names nobody is told of nobody else`(path: String) async throws {
        try await Self.onStage { stage in
            let request = HTTPRequestText("GET", "/api/lago/\(path)")
            for (customer, other) in [(Self.own, "d"), ("d", Self.own)] {
                let answer = try await stage.answer(request, by: try Self.token(customer))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(!answer.text.contains(#""external_customer_id":"\#(other)""#))
                #expect(!answer.text.contains(#""external_id":"\#(other)""#))
                if ["customers", "wallets", "subscriptions"].contains(path) {
                    #expect(answer.text.contains(#"":"\#(customer)""#))
                }
            }
        }
    }
}
