import Foundation
import Store
import TestSupport
import Testing

/// `mail suppressions`, as scripts and people use it.
@Suite(.timeLimit(.minutes(5))) struct SuppressionsCommandTests {
    private let home: SluiceHome

    init() throws {
        self.home = try SluiceHome()
    }

    private func makeSuppressions() async throws {
        try await self.home.store { store in
            try await store.write { transaction in
                try transaction.suppress("b@x.example", kind: nil, reason: .bounced, detail: "550 no\u{1B}[2J", at: 5)
                try transaction.suppress("a@x.example", kind: "low_balance", reason: .unsubscribed, detail: nil, at: 9)
                try transaction.suppress("a@x.example", kind: nil, reason: .complained, detail: "abuse", at: 1)
            }
        }
    }

    private func lines(_ arguments: String...) async throws -> [String] {
        let process = try self.home.start(["mail", "suppressions"] + arguments + ["--json"])
        let ending = try await process.while { try await process.ending(within: .seconds(60)) }
        #expect(ending.code == 0 && ending.errors.isEmpty, "\(ending.errors)")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [[String: Any]]
        )
        return rows.map { row in
            ["address", "kind", "reason", "detail"].map { row[$0] as? String ?? "-" }.joined(separator: " ")
        }
    }

    private func audit() async throws -> [String] {
        try await self.home.store { store in
            try await store.auditEntries(limit: 9).map {
                "\($0.actor) \($0.action) \($0.subject): \($0.detail ?? "-")"
            }
        }
    }

    @Test func `a list has the fields that scripts rely on, by address`() async throws {
        try await self.makeSuppressions()
        let rows = try await self.home.rows("mail", "suppressions", "list")
        #expect(rows.map { $0["address"] as? String } == ["a@x.example", "a@x.example", "b@x.example"])
        #expect(rows.map { $0["kind"] as? String } == ["all", "low_balance", "all"])
        #expect(rows.map { $0["reason"] as? String } == ["complained", "unsubscribed", "bounced"])
        #expect(rows[1]["detail"] is NSNull && rows[1]["created_at"] as? String == "1970-01-01T00:00:00.009Z")
        #expect(try await self.lines("list", "--limit", "1") == ["a@x.example all complained abuse"])
        #expect(try await self.lines("list", "--address", "B@X.example").count == 1)
        #expect(try await self.lines("list", "--reason", "unsubscribed").count == 1)
        #expect(try await self.lines("list", "--address", "nobody").isEmpty)
        let table = try await self.home.run("mail", "suppressions", "list")
        #expect(table.code == 0 && table.output.contains("REASON") && !table.output.contains("\u{1B}"))
    }

    @Test func `an address is added once, for all mail or for a kind, and that is on record`() async throws {
        try await self.home.store { _ in }
        let once = ["jo@x.example all operator by phone"]
        #expect(try await self.lines("add", "Jo@x.example", "--note", "by phone") == once)
        #expect(try await self.lines("add", "jo@x.example", "--note", "again") == once, "the first stays")
        #expect(
            try await self.lines("add", "jo@x.example", "--kind", "low_balance")
                == ["jo@x.example low_balance operator -"]
        )
        #expect(try await self.lines("add", "jo@bücher.example").first == "jo@xn--bcher-kva.example all operator -")
        #expect(
            try await self.audit() == [
                "cli suppressions.add address jo@xn--bcher-kva.example: all",
                "cli suppressions.add address jo@x.example: low_balance",
                "cli suppressions.add address jo@x.example: all: by phone",
            ]
        )
    }

    @Test func `a lift shows what it lifts, does so once, and that is on record`() async throws {
        try await self.makeSuppressions()
        let both = ["a@x.example all complained abuse", "a@x.example low_balance unsubscribed -"]
        #expect(try await self.lines("lift", "A@x.example", "--dry-run") == both)
        #expect(try await self.audit().isEmpty)
        #expect(try await self.lines("lift", "a@x.example", "--kind", "low_balance") == [both[1]])
        #expect(try await self.lines("lift", "a@x.example", "--kind", "low_balance").isEmpty)
        #expect(try await self.lines("lift", "A@x.example") == [both[0]])
        #expect(try await self.lines("lift", "a@x.example").isEmpty, "there is nothing left, and that is no failure")
        #expect(try await self.lines("list") == ["b@x.example all bounced 550 no\u{1B}[2J"])
        #expect(
            try await self.audit() == [
                "cli suppressions.lift address a@x.example: all (complained)",
                "cli suppressions.lift address a@x.example: low_balance (unsubscribed)",
            ]
        )
    }

    @Test func `what cannot be done is said in a sentence`() async throws {
        try await self.home.store { _ in }
        let noAddress = try await self.home.run("mail", "suppressions", "add", "jo")
        #expect(noAddress.code == 1 && noAddress.errors == "sluice: the address has no @\n")
        let noKind = try await self.home.run("mail", "suppressions", "add", "jo@x.example", "--kind", "newsletter")
        #expect(noKind.code == 64 && noKind.errors.contains("low_balance"))
        let long = String(repeating: "x", count: 501)
        let noNote = try await self.home.run("mail", "suppressions", "add", "jo@x.example", "--note", long)
        #expect(noNote.code == 64 && noNote.errors.contains("at most 500 characters"))
        #expect(try await self.lines("list").isEmpty)
    }
}
