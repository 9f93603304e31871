import Sandbox
import TestSupport
import Testing

/// A sandbox with ten thousand customers. The limits are far above what it takes, for busy machines, and below what
/// looking at every row for each request would take.
@Suite(.serialized) struct ScaleTests {
    private static let count = 10_000

    /// How long a request takes, as a multiple of one that looks at nothing; the quickest of some of each, so that a busy
    /// machine does not count.
    private func cost(of path: String, _ client: LagoClient) async throws -> Double {
        var (best, least) = (Duration.seconds(60), Duration.seconds(60))
        for _ in 1...8 {
            least = min(least, try await self.time("/organizations", client))
            best = min(best, try await self.time(path, client))
        }
        return best / least
    }

    private func time(_ path: String, _ client: LagoClient) async throws -> Duration {
        try await ContinuousClock().measure {
            let answer = try await client.get("/api/v1" + path)
            #expect(answer.status == 200, "\(path)")
        }
    }

    private func withCrowd(_ body: (Sandbox, LagoClient) async throws -> Void) async throws {
        try await withSandbox {
            $0.customers = []
        } body: { sandbox, client in
            let filling = ContinuousClock().measure { sandbox.addCustomers(SandboxPeer.customers(Self.count)) }
            #expect(filling < .seconds(30))
            try await body(sandbox, client)
        }
    }

    @Test func `customers come and use something quickly`() async throws {
        try await self.withCrowd { sandbox, _ in
            let using = try ContinuousClock().measure {
                for number in 1...Self.count { try sandbox.recordUsage(customer: "cust_\(number)", units: "1") }
            }
            let creating = try ContinuousClock().measure {
                for number in 1...1000 { try sandbox.createCustomer("new_\(number)", credits: "10.0") }
            }
            #expect(using < .seconds(30) && creating < .seconds(30))
            #expect(sandbox.wallets(of: "new_1000").count == 1)
        }
    }

    @Test func `a request costs what it answers, not what there is`() async throws {
        try await self.withCrowd { sandbox, client in
            for number in 1...Self.count { try sandbox.recordUsage(customer: "cust_\(number)", units: "1") }
            for path in [
                "/wallets?per_page=1&page=5000", "/subscriptions?per_page=1&page=9000", "/events?per_page=1&page=7000",
                "/customers/cust_7000/current_usage?external_subscription_id=sub_cust_7000", "/customers?per_page=1",
                "/wallets?external_customer_id=cust_7000", "/subscriptions?external_customer_id=cust_7000",
                "/customers/cust_9999",
            ] {
                let cost = try await self.cost(of: path, client)
                #expect(cost < 15, "\(path)")
            }
            let everything = try await client.get("/api/v1/wallets?per_page=20000")
            #expect(everything.body["wallets"]?.array?.count == Self.count)
        }
    }

    @Test func `ten thousand invoices are made and listed`() async throws {
        try await self.withCrowd { sandbox, client in
            for number in 1...Self.count { try sandbox.recordUsage(customer: "cust_\(number)", units: "1") }
            let billing = ContinuousClock().measure { sandbox.advanceToBilling() }
            #expect(billing < .seconds(60))
            for path in ["/invoices?per_page=1&page=700", "/invoices?per_page=1&payment_statuses[]=pending"] {
                let cost = try await self.cost(of: path, client)
                #expect(cost < 100, "\(path)")
            }
        }
    }

    @Test func `wallets that come while the list is read stand before the others`() async throws {
        try await withSandbox { sandbox, client in
            func page(_ number: Int) async throws -> [String] {
                let answer = try await client.get("/api/v1/wallets?per_page=2&page=\(number)").body
                return answer["wallets"]?.array?.compactMap { $0["external_customer_id"]?.string } ?? []
            }
            #expect(try await page(1) == ["cust_tanuki", "cust_marisol"])
            try sandbox.createCustomer("new", credits: "1.0")
            try sandbox.grant("1", wallet: try #require(sandbox.wallets(of: "cust_borealis").first).id)
            #expect(try await page(1) == ["new", "cust_tanuki"])
            #expect(try await page(2) == ["cust_marisol", "cust_borealis"])
        }
    }
}
