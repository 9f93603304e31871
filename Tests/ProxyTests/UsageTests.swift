import Foundation
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing
import Transport

/// Usage is taken when it is on disk, and refused when Lago would lose it.
@Suite(.timeLimit(.minutes(2))) struct UsageTests {
    @Test func `an event is answered with what was made up for it, and waits as it was sent`() async throws {
        try await UsageWorld.running { world in
            let properties = #"{"b" : 1.10,"a":"\u00e9é","big":123456789012345678901234567890.5, "n":null,"f":true}"#
            let before = UsageWorld.now()
            let answer = try await world.post(
                #"{"external_customer_id":"c","code":"api_calls","properties":\#(properties)}"#
            )
            #expect(answer.status == 202)
            let event = try #require(try answer.object["event"] as? [String: Any])
            #expect(Set(event.keys) == ["transaction_id", "external_subscription_id", "code", "timestamp"])
            #expect(event["external_subscription_id"] as? String == "sub_c" && event["code"] as? String == "api_calls")
            let stamp = try #require(event["timestamp"] as? String)
            let seconds = try #require(Double(stamp))
            #expect((before...UsageWorld.now()).contains(Int64((seconds * 1000).rounded())))
            let transaction = try #require(event["transaction_id"] as? String)
            let waiting = try #require(try await world.waiting().first)
            #expect(
                waiting
                    == #"{"transaction_id":"\#(transaction)","external_subscription_id":"sub_c","code":"api_calls","#
                    + #""properties":\#(properties),"timestamp":"\#(stamp)"}"#
            )
            #expect(world.sandbox.usageEvents.isEmpty, "nobody forwards here")
        }
    }

    @Test(arguments: [
        (#"1785571200"#, #"1785571200"#), (#"1785571200.123"#, #"1785571200.123"#),
        (#""1785571200""#, #""1785571200""#), (#""1785571200.5""#, #""1785571200.5""#),
    ])
    func `a time that is named goes on as it is`(timestamp: String, sent: String) async throws {
        try await UsageWorld.running { world in
            let answer = try await world.post(
                #"{"event":{"transaction_id":"t","external_subscription_id":"sub_c","code":"api_calls","#
                    + #""timestamp":\#(timestamp),"precise_total_amount_cents":12.5}}"#
            )
            #expect(answer.status == 202)
            #expect(
                try await world.waiting() == [
                    #"{"transaction_id":"t","external_subscription_id":"sub_c","code":"api_calls","timestamp":\#(sent),"#
                        + #""precise_total_amount_cents":"12.5"}"#
                ]
            )
            #expect(answer.text.contains(#""timestamp":\#(sent)"#))
        }
    }

    private static let good = #""external_subscription_id":"sub_c","code":"api_calls""#

    @Test(arguments: [
        (#"{"code":"x"}"#, ["external_subscription_id": ["value_is_mandatory"]]),
        (#"{"external_customer_id":"c"}"#, ["code": ["value_is_mandatory"]]),
        (#"{\#(good),"colour":1,"size":2}"#, ["colour": ["unknown_field"], "size": ["unknown_field"]]),
        (#"{\#(good),"timestamp":"2026-08-01T00:00:00Z"}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":""}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":-1}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":1785571200000}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":"1."}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":".5"}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":"1.2.3"}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":1e9}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":"١"}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"timestamp":true}"#, ["timestamp": ["invalid_format"]]),
        (#"{\#(good),"properties":[]}"#, ["properties": ["value_is_invalid"]]),
        (#"{\#(good),"properties":{"a":{"b":1}}}"#, ["properties": ["value_is_invalid"]]),
        (#"{\#(good),"properties":{"a":"\u0000"}}"#, ["properties": ["value_is_invalid"]]),
        (#"{\#(good),"transaction_id":"\u0000"}"#, ["transaction_id": ["value_is_invalid"]]),
        (#"{\#(good),"transaction_id":7}"#, ["transaction_id": ["value_is_invalid"]]),
        (#"{\#(good),"transaction_id":""}"#, ["transaction_id": ["value_is_invalid"]]),
        (
            #"{\#(good),"transaction_id":"\#(String(repeating: "x", count: 256))"}"#,
            ["transaction_id": ["value_is_too_long"]]
        ),
        (#"{\#(good),"precise_total_amount_cents":"1e5"}"#, ["precise_total_amount_cents": ["value_is_invalid"]]),
        (#"{"events":[]}"#, ["events": ["no_events"]]), (#"{"events":{}}"#, ["events": ["value_is_invalid"]]),
        (#"{"events":[{\#(good)}],"code":"x"}"#, ["code": ["unknown_field"]]),
        (
            #"{"events":[{\#(good)},7,{\#(good),"x":1},{"external_subscription_id":"sub_c"}]}"#,
            [
                "events.1": ["value_is_invalid"], "events.2.x": ["unknown_field"],
                "events.3.code": ["value_is_mandatory"],
            ]
        ),
        (#"{"external_subscription_id":"no","code":"x"}"#, ["external_subscription_id": ["subscription_not_found"]]),
        (
            #"{"external_subscription_id":"sub_c","external_customer_id":"d","code":"x"}"#,
            ["external_subscription_id": ["subscription_not_found"]]
        ),
        (#"{"external_customer_id":"nobody","code":"x"}"#, ["external_customer_id": ["no_active_subscription"]]),
        (
            #"{"events":[{\#(good)},{"external_customer_id":"nobody","code":"x"},{"external_subscription_id":"no","code":"x"}]}"#,
            [
                "events.1.external_customer_id": ["no_active_subscription"],
                "events.2.external_subscription_id": ["subscription_not_found"],
            ]
        ),
    ])
    func `what Lago would refuse or lose is refused with every problem, and nothing is kept`(
        json: String,
        problems: [String: [String]]
    ) async throws {
        try await UsageWorld.running { world in
            let found = try await world.problems(json)
            #expect(found == problems)
            #expect(try await world.waiting().isEmpty)
        }
    }

    @Test(arguments: ["", "[]", "7", #"{"code""#, "\u{FEFF}{}"])
    func `what is no object of JSON is 400`(body: String) async throws {
        try await UsageWorld.running { world in
            let answer = try await world.post(body)
            #expect(answer.status == 400 && answer.text.contains("invalid_json"))
        }
    }

    @Test func `a hundred events are taken together, and a hundred and one are not`() async throws {
        try await UsageWorld.running { world in
            func list(_ count: Int) -> String {
                let events = (0..<count).map { #"{\#(Self.good),"transaction_id":"t\#($0)"}"# }
                return #"{"events":[\#(events.joined(separator: ","))]}"#
            }
            #expect(try await world.problems(list(101)) == ["events": ["too_many_events"]])
            let answer = try await world.post(list(100))
            #expect(answer.status == 202)
            let events = try #require(try answer.object["events"] as? [[String: Any]])
            #expect(events.compactMap { $0["transaction_id"] as? String } == (0..<100).map { "t\($0)" })
            #expect(try await world.store.usageBacklog().count == 100)
        }
    }

    @Test func `the same event again is the one that waits, and another one of its name is refused`() async throws {
        try await UsageWorld.running { world in
            let first = try await world.post(
                #"{\#(Self.good),"transaction_id":"t","properties":{"a":1,"b":"é"}}"#
            )
            let again = try await world.post(
                #"{"properties" : {"b":"\u00e9", "a":1},"transaction_id":"t",\#(Self.good)}"#
            )
            #expect(first.status == 202 && again.status == 202)
            #expect(again.body == first.body, "the time is that of the first")
            #expect(
                try await world.problems(#"{\#(Self.good),"transaction_id":"t","properties":{"a":2,"b":"é"}}"#)
                    == ["transaction_id": ["value_already_exist"]]
            )
            let list = #"{"events":[{\#(Self.good)},{\#(Self.good),"transaction_id":"t"}]}"#
            #expect(try await world.problems(list) == ["events.1.transaction_id": ["value_already_exist"]])
            #expect(try await world.store.usageBacklog().count == 1)
        }
    }

    @Test func `a customer with several active subscriptions has to name one`() async throws {
        try await UsageWorld.running { world in
            try world.sandbox.createPlan("more", unitPrice: "1")
            let other = try world.sandbox.subscribe("c", to: "more")
            let json = #"{"external_customer_id":"c","code":"api_calls"}"#
            #expect(try await world.problems(json)["external_customer_id"]?.first == "several_active_subscriptions")
            try world.sandbox.endSubscription(other)
            #expect(try await world.post(json).status == 202)
            let ended = #"{"external_subscription_id":"\#(other)","code":"more"}"#
            #expect(try await world.problems(ended) == ["external_subscription_id": ["subscription_not_found"]])
        }
    }

    @Test func `with Lago away, a subscription in the mirror is taken, and one never seen is not`() async throws {
        try await UsageWorld.running { world in
            try world.sandbox.createCustomer("d")
            for (id, status) in [("sub_c", "active"), ("sub_old", "terminated")] {
                let seen = MirroredSubscription(
                    id: id,
                    externalID: id,
                    customer: CustomerID(rawValue: id == "sub_c" ? "c" : "e"),
                    plan: "p",
                    status: status,
                    object: Array("{}".utf8),
                    seenAt: 1
                )
                try await world.store.write { try $0.save(seen) }
            }
            world.sandbox.faults.serverError = .always
            #expect(try await world.post(#"{"external_customer_id":"c","code":"x"}"#).status == 202)
            #expect(try await world.post(#"{\#(Self.good)}"#).status == 202)
            #expect(try await world.post(#"{"external_subscription_id":"sub_old","code":"x"}"#).status == 202)
            #expect(try await world.post(#"{"external_customer_id":"e","code":"x"}"#).status == 202)
            for json in [
                #"{"external_customer_id":"d","code":"x"}"#, #"{"external_subscription_id":"sub_d","code":"x"}"#,
            ] {
                let answer = try await world.post(json)
                #expect(answer.status == 503 && answer.header("Retry-After") != nil)
                #expect(try answer.object["code"] as? String == "lago_unavailable")
            }
            // Asked for once, it is known.
            world.sandbox.faults.serverError = .never
            #expect(try await world.post(#"{"external_subscription_id":"sub_d","code":"x"}"#).status == 202)
            #expect(try await world.store.subscription(externalID: "sub_d")?.customer.rawValue == "d")
            #expect(try await world.post(#"{"external_subscription_id":"sub_old","code":"x"}"#).status == 422)
        }
    }

    @Test func `whoever waits for Lago gets its answer, its refusal, or that it is away`() async throws {
        try await UsageWorld.running { world in
            let json = #"{\#(Self.good),"transaction_id":"t"}"#
            let answer = try await world.post(json, query: "?sync=true")
            #expect(answer.status == 200)
            let event = try #require(try answer.object["event"] as? [String: Any])
            #expect(event["lago_id"] is String && event["transaction_id"] as? String == "t")
            #expect(world.looked.all == ["c"])
            let again = try await world.post(json, query: "?sync=true")
            #expect(again.status == 422 && again.text.contains(#""transaction_id":["value_already_exist"]"#))
            let list = #"{"events":[{\#(Self.good),"transaction_id":"u"},{\#(Self.good),"transaction_id":"t"}]}"#
            let partly = try await world.post(list, query: "?sync=true")
            #expect(partly.status == 422 && partly.text.contains(#""1.transaction_id":["value_already_exist"]"#))
            world.sandbox.faults.serverError = .always
            #expect(try await world.post(#"{\#(Self.good)}"#, query: "?sync=true").status == 502)
            #expect(world.sandbox.usageEvents.map(\.transactionID) == ["t"])
            #expect(try await world.waiting().isEmpty && world.looked.all == ["c"])
            #expect(try await world.post(#"{\#(Self.good)}"#, query: "?sync=yes").status == 422)
        }
    }

    @Test func `many callers at once are all answered, and every event is kept once`() async throws {
        try await UsageWorld.running { world in
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for caller in 0..<32 {
                    group.addTask {
                        var statuses: [Int] = []
                        for number in 0..<20 {
                            let json = #"{\#(Self.good),"transaction_id":"\#(caller)-\#(number)"}"#
                            statuses.append(try await world.post(json).status)
                        }
                        return statuses
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(statuses.count == 640 && statuses.allSatisfy { $0 == 202 })
            let kept = try await world.store.waitingUsage(limit: 1000).map(\.event.transactionID)
            #expect(kept.count == 640 && Set(kept).count == 640)
        }
    }
}
