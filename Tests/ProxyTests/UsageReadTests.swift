import Foundation
import HTTPTypes
import Sandbox
import TestSupport
import Testing
import Transport

@testable import Proxy

/// What usage adds up to: now, and in the periods before.
@Suite(.timeLimit(.minutes(2))) struct UsageReadTests {
    @Test func `current usage is Lago's own answer, by subscription or by customer`() async throws {
        try await UsageWorld.running { world in
            try world.sandbox.recordUsage(customer: "c", units: "12.5")
            for query in ["external_subscription_id=sub_c", "external_customer_id=c"] {
                let answer = try await world.api.call("GET", "/usage?\(query)")
                #expect(answer.status == 200)
                let usage = try #require(try answer.object["customer_usage"] as? [String: Any])
                let charges = try #require(usage["charges_usage"] as? [[String: Any]])
                #expect(charges.contains { $0["units"] as? String == "12.5" })
                #expect(usage["issuing_date"] is String, "fields that nobody here reads are there as well")
            }
            for (query, status) in [
                ("", 422), ("?external_subscription_id=no", 404), ("?external_customer_id=nobody", 422),
                ("?external_subscription_id=sub_c&external_customer_id=d", 404), ("?colour=red", 422),
            ] {
                #expect(try await world.api.call("GET", "/usage\(query)").status == status, "\(query)")
            }
        }
    }

    @Test func `no customer may send usage`() async throws {
        try await UsageWorld.running { world in
            let route = try #require(world.routes.first { $0.method == .post })
            #expect(route.path == "/api/lago/usage" && route.access == .servers)
            let answer = try await world.api.call("POST", "/usage", token: "", json: "{}")
            #expect(answer.status == 401)
        }
    }

    @Test func `a customer sees usage of their own, and others' is as if it were not there`() async throws {
        try await UsageWorld.running { world in
            try world.sandbox.createCustomer("d")
            for path in ["/usage", "/usage/report"] {
                for query in [[], [("external_customer_id", "c")], [("external_subscription_id", "sub_c")]] {
                    #expect(try await world.ask(path, query, as: "c").status == .ok)
                }
                for query in [
                    [("external_customer_id", "d")], [("external_subscription_id", "sub_d")],
                    [("external_subscription_id", "no")],
                    [("external_subscription_id", "sub_d"), ("external_customer_id", "c")],
                ] {
                    let failure = await #expect(throws: APIFailure.self) {
                        _ = try await world.ask(path, query, as: "c")
                    }
                    #expect(failure?.status == .notFound, "\(path) \(query)")
                }
            }
        }
    }

    @Test func `while Lago is away, usage is answered with its age, and to whom it belongs`() async throws {
        try await UsageWorld.running { world in
            try world.sandbox.createCustomer("d")
            try world.sandbox.recordUsage(customer: "c", units: "12.5")
            let token = try await APIWorld.token(of: "c")
            let reads = ["usage", "usage/report", "usage/report?format=csv"]
            var before: [TransferResponse] = []
            for read in reads { before.append(try await world.api.call("GET", "/\(read)", token: token)) }
            #expect(before.map(\.status) == [200, 200, 200])
            world.sandbox.faults.closedBeforeEffect = .always
            for (read, earlier) in zip(reads, before) {
                let now = try await world.api.call("GET", "/\(read)", token: token)
                #expect(now.status == 200 && now.body == earlier.body, "\(read)")
                #expect(now.header("Content-Type") == earlier.header("Content-Type"))
                #expect(now.header("Warning")?.hasPrefix("110") == true && now.header("Age") != nil)
                let other = try await world.api.call("GET", "/\(read)", token: APIWorld.token(of: "d"))
                #expect(other.status >= 500)
            }
        }
    }

    /// Usage in two billed periods and in the current one.
    private func lived(_ world: UsageWorld) throws -> (first: Date, now: Date) {
        let first = world.sandbox.now
        for units in ["10", "20"] {
            try world.sandbox.recordUsage(customer: "c", units: units)
            world.sandbox.advanceToBilling()
        }
        try world.sandbox.recordUsage(customer: "c", units: "30")
        return (first, world.sandbox.now)
    }

    private func rows(_ world: UsageWorld, _ query: String) async throws -> [[String: Any]] {
        let answer = try await world.api.call("GET", "/usage/report?\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        let report = try #require(try answer.object["usage_report"] as? [String: Any])
        #expect(report["external_customer_id"] as? String == "c")
        return try #require(report["rows"] as? [[String: Any]])
    }

    @Test func `a report tells each period and metric, the oldest first, and which period runs`() async throws {
        try await UsageWorld.running {
            $0.periodLength = .seconds(3600)
            $0.billingDelay = .seconds(10)
        } body: { world in
            _ = try self.lived(world)
            let far = "from=2020-01-01&to=2099-01-01"
            let calls = try await self.rows(world, "external_customer_id=c&\(far)").filter {
                $0["billable_metric_code"] as? String == "api_calls"
            }
            #expect(calls.map { $0["units"] as? String } == ["10.0", "20.0", "30.0"])
            #expect(calls.map { $0["is_current"] as? Bool } == [false, false, true])
            #expect(calls.map { $0["events_count"] as? Int } == [1, 1, 1])
            #expect(calls.map { $0["amount_cents"] as? Int } == [100, 200, 300])
            #expect(calls.allSatisfy { $0["currency"] as? String == "EUR" })
            #expect(calls.allSatisfy { $0["external_subscription_id"] as? String == "sub_c" })
            let first = try #require(calls.first)
            let columns = [
                "external_subscription_id", "period_from", "period_to", "billable_metric_code",
                "billable_metric_name", "units", "events_count", "amount_cents", "currency", "is_current",
            ]
            #expect(Set(first.keys) == Set(columns))
            // A stretch inside the first period, and the subscription after its end.
            let from = try #require(first["period_from"] as? String)
            let inside = try await self.rows(world, "external_subscription_id=sub_c&from=\(from)&to=\(from)")
            #expect(inside.count >= 1 && inside.allSatisfy { $0["period_from"] as? String == from })
            try world.sandbox.endSubscription("sub_c")
            let ended = try await self.rows(world, "external_subscription_id=sub_c&\(far)")
            #expect(ended.contains { $0["units"] as? String == "30.0" })
            #expect(ended.allSatisfy { $0["is_current"] as? Bool == false })
            let csv = try await world.api.call("GET", "/usage/report?external_customer_id=c&\(far)&format=csv")
            #expect(csv.header("Content-Type")?.hasPrefix("text/csv") == true)
            let lines = csv.text.components(separatedBy: "\r\n")
            #expect(lines.first == columns.joined(separator: ",") && lines.last == "")
            #expect(lines.count == ended.count + 2)
        }
    }

    @Test(arguments: [
        ("from=yesterday", "from"), ("to=2026-02-30", "to"), ("from=2026-02-02&to=2026-02-01", "to"),
        ("format=xml", "format"), ("colour=red", "colour"),
    ])
    func `what is no stretch of time is refused`(query: String, field: String) async throws {
        try await UsageWorld.running { world in
            let answer = try await world.api.call("GET", "/usage/report?external_customer_id=c&\(query)")
            #expect(answer.status == 422)
            #expect((try answer.object["error_details"] as? [String: Any])?.keys.contains(field) == true)
        }
    }

    @Test func `a customer that Lago does not know has no report`() async throws {
        try await UsageWorld.running { world in
            let unknown = try await world.api.call("GET", "/usage/report?external_customer_id=nobody")
            let unnamed = try await world.api.call("GET", "/usage/report")
            #expect(unknown.status == 404 && unnamed.status == 422)
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("two\r\nlines", "\"two\r\nlines\""),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "\"'\rx\""),
        ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), ("", ""), ("a=1", "a=1"),
    ])
    func `a cell is quoted where it must be, and is no formula`(text: String, cell: String) {
        #expect(UsageReport.cell(text) == cell)
    }

    @Test func `a day is all of it, and without any it is the last three months`() throws {
        let now: Int64 = 1_785_571_200_000
        let day = try UsageReport.Range(from: "2026-02-01", to: "2026-02-01", now: now)
        #expect(day.to - day.from == 86_399_999)
        #expect(!day.touches(from: day.from - 10, to: day.from - 1) && day.touches(from: 0, to: day.from))
        let default_ = try UsageReport.Range(from: nil, to: nil, now: now)
        #expect(default_.to == now && now - default_.from == 92 * 86_400_000)
    }
}
