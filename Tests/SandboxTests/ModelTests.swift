import Foundation
import Testing

@testable import Sandbox

struct ModelTests {
    @Test func `the waits between attempts grow with the fourth power`() {
        let schedule = RetrySchedule(attempts: 10)
        let least = (1...9).map { schedule.wait(afterFailure: $0, jitter: 0) }
        #expect(least == [3, 18, 83, 258, 627, 1298, 2403, 4098, 6563].map { .seconds($0) })
        let most = (1...9).compactMap {
            schedule.wait(afterFailure: $0, jitter: 1).map { Int(($0 / .seconds(1)).rounded()) }
        }
        #expect(most == [3, 20, 95, 296, 721, 1492, 2763, 4712, 7547])
        #expect(schedule.wait(afterFailure: 10, jitter: 0) == nil)
        #expect(RetrySchedule().wait(afterFailure: 2, jitter: 0) == .seconds(18))
        #expect(RetrySchedule().wait(afterFailure: 3, jitter: 0) == nil)
        #expect(RetrySchedule(compression: 100).wait(afterFailure: 1, jitter: 0) == .milliseconds(30))
    }

    @Test func `only four statuses are success`() {
        #expect((100...599).filter(RetrySchedule.isSuccess) == [200, 201, 202, 204])
    }

    @Test(
        arguments: [
            (nil, nil, 1, 100), ("2", "10", 2, 10), ("0", "5", 1, 5), ("-3", "-1", 1, 25), ("x", "many", 1, 25),
            ("2nd", "7up", 2, 7), ("1", "", 1, 25),
        ] as [(Substring?, Substring?, Int, Int)]
    )
    func `page and per_page are read as Lago reads them`(
        page: Substring?,
        perPage: Substring?,
        number: Int,
        size: Int
    ) {
        #expect(Page(page: page, perPage: perPage) == Page(number: number, size: size))
    }

    @Test func `a page past the end is empty, an empty list has no page`() throws {
        let items = Array(1...7)
        let middle = try Page(number: 2, size: 3).slice(items)
        #expect(middle.items == [4, 5, 6])
        #expect(
            middle.meta == [
                "current_page": 2, "next_page": 3, "prev_page": 1, "total_pages": 3, "total_count": 7,
            ]
        )
        let past = try Page(number: 9, size: 3).slice(items)
        #expect(past.items.isEmpty)
        #expect(past.meta["current_page"] == 9 && past.meta["next_page"] == .null && past.meta["prev_page"] == .null)
        let empty = try Page(number: 2, size: 0).slice([Int]())
        #expect(empty.meta["current_page"] == 0 && empty.meta["total_pages"] == 0)
        #expect(throws: LagoFailure.crash) { try Page(number: 1, size: 0).slice(items) }
        #expect(try Page(number: .max, size: .max).slice(items).items.isEmpty)
    }

    @Test func `settled deliveries are forgotten beyond the limit, unsettled ones are not`() {
        var log = DeliveryLog(limit: 10)
        for number in 1...30 {
            var delivery = SandboxDelivery(
                key: "\(number)",
                endpointID: "e",
                webhookType: "wallet.updated",
                body: "{}",
                createdAt: .now
            )
            delivery.state = number == 1 ? .retrying : .succeeded
            log.append(delivery)
        }
        #expect(log.all.count <= 12 && log.unsettledCount == 1)
        #expect(log["1"] != nil && log["30"] != nil && log["2"] == nil)
    }
}
