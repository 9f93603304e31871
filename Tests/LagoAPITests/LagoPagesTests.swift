import Foundation
import LagoAPI
import TestSupport
import Testing

@Suite struct LagoPagesTests {
    private static func customer(_ id: String) -> String {
        #"{"lago_id":"l-\#(id)","external_id":"\#(id)","created_at":"2026-03-02T09:14:05Z"}"#
    }

    private static func page(of request: ReceivedRequest) throws -> Int {
        let items = URLComponents(string: request.target)?.queryItems
        return try #require(items?.first { $0.name == "page" }?.value.flatMap { Int($0) })
    }

    /// A list of 250 that loses `gone` of its newest before its page `change` is read.
    @Test(arguments: [(change: 2, gone: 1), (change: 3, gone: 1), (change: 3, gone: 120), (change: 3, gone: 240)])
    func `a list that shrinks while it is read gives all that stayed`(change: Int, gone: Int) async throws {
        let ids = (0..<250).map { "c\($0)" }
        let requests = Record<Int>()
        try await withLago { request in
            let page = try Self.page(of: request)
            requests.add(page)
            let now = requests.count < change ? ids : Array(ids.dropFirst(gone))
            let slice = now.dropFirst((page - 1) * 100).prefix(100)
            let next = page * 100 < now.count ? "\(page + 1)" : "null"
            return (200, [], LagoStub.page("customers", slice.map(Self.customer), next: next, total: now.count))
        } during: { lago in
            let seen = try await lago.customers().all().map(\.externalID)
            #expect(Set(seen).count == seen.count)
            #expect(Set(seen).isSuperset(of: ids.dropFirst(gone)))
        }
        #expect(requests.count <= 7)
    }

    @Test func `a list that grows while it is read gives each element once`() async throws {
        let requests = Record<Int>()
        try await withLago { request in
            let page = try Self.page(of: request)
            requests.add(page)
            let now = (0..<(220 + 30 * requests.count)).reversed().map { "c\($0)" }
            let slice = now.dropFirst((page - 1) * 100).prefix(100)
            let next = page * 100 < now.count ? "\(page + 1)" : "null"
            return (200, [], LagoStub.page("customers", slice.map(Self.customer), next: next, total: now.count))
        } during: { lago in
            let seen = try await lago.customers().all().map(\.externalID)
            #expect(Set(seen).count == seen.count)
            #expect(Set(seen) == Set((0..<250).map { "c\($0)" }))
        }
    }

    @Test func `pages are read as they are asked for`() async throws {
        let requests = Record<Int>()
        try await withLago { request in
            requests.add(try Self.page(of: request))
            let elements = (0..<2).map { Self.customer("c\(requests.count)-\($0)") }
            return (200, [], LagoStub.page("customers", elements, next: "9"))
        } during: { lago in
            for try await batch in lago.customers() {
                #expect(batch.count == 2)
                if requests.count == 3 { break }
            }
        }
        #expect(requests.all == [1, 2, 3])
    }

    @Test func `a sweep starts where it was interrupted, and is told which page it reads`() async throws {
        try await withLago { request in
            let page = try Self.page(of: request)
            let next = page < 4 ? "\(page + 1)" : "null"
            return (200, [], LagoStub.page("customers", [Self.customer("c\(page)")], next: next, total: 301))
        } during: { lago in
            var read: [String] = []
            for try await batch in lago.customers().starting(at: 3).batches {
                read.append("\(batch.page): \(batch.objects.map(\.externalID).joined())")
            }
            #expect(read == ["3: c3", "4: c4"])
            let all = try await lago.customers().starting(at: 4).all()
            #expect(all.map(\.externalID) == ["c4"])
        }
    }

    @Test func `a sweep leaves out what cannot be read and says so; others fail`() async throws {
        let odd = #"{"lago_id":7,"external_id":"b"}"#
        try await withLago { _ in
            (200, [], LagoStub.page("customers", [Self.customer("a"), odd, "3", Self.customer("c")]))
        } during: { lago in
            var batches: [LagoBatch<LagoCustomer>] = []
            for try await batch in lago.customers().batches { batches.append(batch) }
            #expect(batches.map { $0.objects.map(\.externalID) } == [["a", "c"]])
            let wrong: [LagoError] = [
                .unreadable(what: "customers.1.lago_id is a number, but not a text"),
                .unreadable(what: "customers.2 is a number, not an object"),
            ]
            #expect(batches.first?.unreadable == wrong)
            await #expect(throws: wrong[0]) { try await lago.customers().all() }
        }
    }

    @Test(arguments: [#"{"customers":[]}"#, #"{"meta":{}}"#, #"{"customers":{},"meta":{}}"#, "[]", #"{"customers":["#])
    func `a page without its frame fails a sweep as well`(body: String) async throws {
        try await withLago { _ in
            (200, [], body)
        } during: { lago in
            await #expect(throws: LagoError.self) { for try await _ in lago.customers().batches {} }
        }
    }

    @Test func `an element that comes again is known for twenty pages`() async throws {
        for (cycle, count) in [(10, 10), (30, 40)] {
            try await withLago(rate: 1_000_000) { request in
                let page = try Self.page(of: request)
                let next = page < 40 ? "\(page + 1)" : "null"
                return (200, [], LagoStub.page("customers", [Self.customer("c\(page % cycle)")], next: next))
            } during: { lago in
                let customers = try await lago.customers().all()
                #expect(customers.count == count)
            }
        }
    }

    /// Lago says 55,000 at first, which are 551 pages.
    @Test func `a long list is read as far as twice what it says`() async throws {
        let requests = Record<Int>()
        try await withLago(rate: 1_000_000) { request in
            requests.add(1)
            let total = 55_000 + 100 * requests.count
            let page = LagoStub.page("customers", [Self.customer("c")], next: "9", total: total)
            return (200, [], page)
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.customers().all() }
            #expect(error == .unreadable(what: "a list without end"))
        }
        #expect(requests.count == 1104)
    }

    @Test func `a list without end is left`() async throws {
        let requests = Record<Int>()
        try await withLago(rate: 1_000_000) { request in
            requests.add(1)
            return (200, [], LagoStub.page("customers", [Self.customer("same")], next: "9"))
        } during: { lago in
            let error = await #expect(throws: LagoError.self) { try await lago.customers().all() }
            #expect(error == .unreadable(what: "a list without end"))
        }
        #expect(requests.count == 1000)
    }

    @Test func `a list whose total falls at every page is gone back in only so often`() async throws {
        let requests = Record<Int>()
        try await withLago { request in
            let page = try Self.page(of: request)
            requests.add(page)
            let total = 5000 - requests.count
            let next = page < 5 ? "\(page + 1)" : "null"
            return (200, [], LagoStub.page("customers", [Self.customer("c\(page)")], next: next, total: total))
        } during: { lago in
            let customers = try await lago.customers().all()
            #expect(customers.count == 5)
        }
        #expect(requests.count < 30)
    }

    @Test func `an empty list is one request`() async throws {
        let requests = Record<Int>()
        try await withLago { _ in
            requests.add(1)
            let meta = #"{"current_page":0,"next_page":null,"prev_page":null,"total_pages":0,"total_count":0}"#
            return (200, [], #"{"customers":[],"meta":\#(meta)}"#)
        } during: { lago in
            let customers = try await lago.customers().all()
            #expect(customers.isEmpty)
        }
        #expect(requests.count == 1)
    }
}
