/// A list at Lago, read page by page as it is asked for: one request per batch, each of up to 100.
///
/// Lago pages by offset, so a list that changes while it is read shifts. Every list is in a fixed order, newest first:
///
/// - What is added meanwhile pushes the rest on: an element that comes again is left out, and what was added is not
///   seen in this pass.
/// - What goes away meanwhile pulls the rest forward, past the reader: where the total falls, the pages behind are read
///   once more. For `/invoices` Lago gives a total up to 30 min old, so there a sweep that must be whole is repeated.
///
/// A batch may be empty before the end is reached. Iterating throws what a call throws.
package struct LagoPages<Object: LagoObject & Identifiable>: AsyncSequence, Sendable where Object.ID == String {
    package typealias Element = [Object]

    /// No list is read further than this: a server that always has one more page must not hold us.
    static var maximumRequests: Int { 1000 }
    /// How often a list that shrinks is gone back in.
    static var maximumReturns: Int { 10 }
    static var pageSize: Int { 100 }

    private let read: @Sendable (_ page: Int) async throws -> LagoPage<Object>

    init(read: @escaping @Sendable (_ page: Int) async throws -> LagoPage<Object>) {
        self.read = read
    }

    /// The whole list.
    package func all() async throws -> [Object] {
        var objects: [Object] = []
        for try await batch in self { objects += batch }
        return objects
    }

    package func makeAsyncIterator() -> Iterator { Iterator(read: self.read) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let read: @Sendable (_ page: Int) async throws -> LagoPage<Object>
        private var page: Int? = 1
        private var seen: Set<String> = []
        private var total: Int64?
        private var requests = 0
        private var returns = 0

        fileprivate init(read: @escaping @Sendable (_ page: Int) async throws -> LagoPage<Object>) {
            self.read = read
        }

        /// The next batch without what came before; nil at the end.
        package mutating func next() async throws -> [Object]? {
            guard let page = self.page else { return nil }
            guard self.requests < LagoPages.maximumRequests else {
                throw LagoError.unreadable(what: "a list without end")
            }
            self.requests += 1
            let batch = try await self.read(page)
            self.page = self.page(after: page, batch)
            return batch.objects.filter { self.seen.insert($0.id).inserted }
        }

        private mutating func page(after page: Int, _ batch: LagoPage<Object>) -> Int? {
            let gone = (self.total ?? 0) - (batch.totalCount ?? self.total ?? 0)
            self.total = batch.totalCount ?? self.total
            if gone > 0, page > 1, self.returns < LagoPages.maximumReturns {
                self.returns += 1
                let pages = (Int(clamping: gone) - 1) / LagoPages.pageSize + 1
                return Swift.max(1, page - pages)
            }
            return batch.objects.isEmpty || batch.nextPage == nil ? nil : page + 1
        }
    }
}

/// One page of a list, with what Lago says about the others.
struct LagoPage<Object: LagoObject>: Sendable {
    let objects: [Object]
    let nextPage: Int64?
    let totalCount: Int64?

    /// Reads the list under `member` and the `meta` beside it.
    init(_ member: String, in body: [UInt8]) throws(LagoError) {
        let answer = try LagoFields(body)
        self.objects = try answer.objects(member, as: Object.init(_:))
        let meta = try answer.object("meta")
        self.nextPage = try meta.readIfAny("next_page", as: .integer)
        self.totalCount = try meta.readIfAny("total_count", as: .integer)
    }
}
