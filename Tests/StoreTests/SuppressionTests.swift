import Store
import Testing

/// Addresses that get no mail.
struct SuppressionTests {
    private let fixture: StoreFixture
    private var store: Store { self.fixture.store }

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func suppress(
        _ address: String,
        kind: String? = nil,
        _ reason: SuppressionReason,
        detail: String? = nil,
        at now: Int64 = 1
    ) async throws -> Bool {
        try await self.store.write {
            try $0.suppress(address, kind: kind, reason: reason, detail: detail, at: now)
        }
    }

    private func lines(_ filter: SuppressionFilter = SuppressionFilter()) async throws -> [String] {
        try await self.store.suppressions(filter, limit: 100).map {
            "\($0.address) \($0.kind ?? "all") \($0.reason.rawValue) \($0.at)"
        }
    }

    @Test func `a suppression is of one kind or of all, whatever the case of the address`() async throws {
        #expect(try await self.suppress("A@x.example", kind: "low_balance", .unsubscribed))
        #expect(try await self.suppress("b@x.example", .refused, detail: "550 5.1.1", at: 2))
        let one = try await self.store.suppression(of: "a@X.example", kind: "low_balance")
        #expect(one?.reason == .unsubscribed && one?.kind == "low_balance")
        #expect(try await self.store.suppression(of: "a@x.example", kind: "payment_failed") == nil)
        let all = try await self.store.suppression(of: "b@x.example", kind: "payment_failed")
        #expect(all?.reason == .refused && all?.detail == "550 5.1.1" && all?.kind == nil)
    }

    @Test(arguments: SuppressionReason.allCases)
    func `every reason is kept, and told once`(reason: SuppressionReason) async throws {
        #expect(try await self.suppress("a@x.example", reason, detail: "first"))
        #expect(try await !self.suppress("a@x.example", reason, detail: "second", at: 2))
        let kept = try await self.store.suppression(of: "a@x.example", kind: "k")
        #expect(kept?.reason == reason && kept?.detail == "first" && kept?.at == 1)
    }

    @Test(
        arguments: SuppressionReason.allCases.flatMap { first in SuppressionReason.allCases.map { (first, $0) } }
    )
    func `what stopped an address first stays, but a refusal gives way to better knowledge`(
        first: SuppressionReason,
        second: SuppressionReason
    ) async throws {
        let isBetter = first == .refused && ![.refused, .unsubscribed].contains(second)
        _ = try await self.suppress("a@x.example", first, detail: "550")
        #expect(try await self.suppress("a@x.example", second, at: 2) == isBetter)
        #expect(
            try await self.lines() == ["a@x.example all \((isBetter ? second : first).rawValue) \(isBetter ? 2 : 1)"]
        )
        #expect(try await self.store.suppressions(limit: 1).first?.detail == "550", "nothing said is nothing changed")
        try await self.store.write { try $0.liftRefusals(since: 0) }
        #expect(try await self.lines().isEmpty == (first == .refused && !isBetter))
    }

    @Test func `a detail is cut where its column ends, between characters`() async throws {
        // Each family is several scalars, and one character.
        let long = String(repeating: "👩‍👩‍👧", count: 300)
        #expect(try await self.suppress("a@x.example", .bounced, detail: long))
        let kept = try #require(try await self.store.suppressions(limit: 1).first?.detail)
        #expect(
            kept.unicodeScalars.count == Suppression.detailLimit
                && long.unicodeScalars.starts(with: kept.unicodeScalars)
        )
    }

    @Test func `a lift takes one kind or all there is, tells what it took, and may be repeated`() async throws {
        for kind in [nil, "low_balance", "trial_ended"] {
            _ = try await self.suppress("a@x.example", kind: kind, .operator, detail: "by phone")
        }
        _ = try await self.suppress("b@x.example", .bounced)
        let one = try await self.store.write { try $0.lift("A@x.example", kind: "low_balance") }
        #expect(one.map(\.kind) == ["low_balance"] && one.first?.detail == "by phone")
        let rest = try await self.store.write { try $0.lift("a@x.example") }
        #expect(Set(rest.map(\.kind)) == [nil, "trial_ended"])
        #expect(try await self.store.write { try $0.lift("a@x.example") }.isEmpty)
        #expect(try await self.lines() == ["b@x.example all bounced 1"])
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `pages follow each other by address and lose none`(limit: Int) async throws {
        try await self.store.write { transaction in
            for number in 0..<9 {
                for kind in [nil, "low_balance"] {
                    try transaction.suppress("a\(number)@x", kind: kind, reason: .operator, detail: nil, at: 1)
                }
            }
        }
        var (found, last): ([Suppression], Suppression?) = ([], nil)
        while case let page = try await self.store.suppressions(after: last, limit: limit), !page.isEmpty {
            #expect(page.count <= limit)
            found += page
            last = page.last
        }
        #expect(found == (try await self.store.suppressions(limit: 100)) && found.count == 18)
    }

    @Test func `a list shows one address or one reason`() async throws {
        _ = try await self.suppress("a@x.example", .bounced)
        _ = try await self.suppress("a@x.example", kind: "low_balance", .unsubscribed)
        _ = try await self.suppress("b@x.example", .bounced)
        #expect(try await self.lines(SuppressionFilter(address: "B@x.example")) == ["b@x.example all bounced 1"])
        #expect(
            try await self.lines(SuppressionFilter(reason: .bounced))
                == ["a@x.example all bounced 1", "b@x.example all bounced 1"]
        )
        #expect(try await self.lines(SuppressionFilter(address: "a@x.example", reason: .complained)).isEmpty)
    }
}
