/// A list at Lago, read page by page as it is asked for: one request per batch.
///
/// Lago pages by offset, so a list that changes while it is read shifts. Every list is in a fixed order, newest first:
///
/// - What is added meanwhile pushes the rest on: an element that comes again within 20 pages is left out, and what was
///   added is not seen in this pass.
/// - What goes away meanwhile pulls the rest forward, past the reader: where the total falls, the pages behind are read
///   once more. For `/invoices` Lago gives a total up to 30 min old, so there a sweep that must be whole is repeated.
///
/// A batch may be empty before the end is reached. Iterating throws what a call throws, and an object that cannot be read
/// fails it; `batches` leaves such an object out.
package struct LagoPages<Object: LagoObject & Identifiable>: AsyncSequence, Sendable where Object.ID == String {
    package typealias Element = [Object]

    /// The same list, batch by batch with what a sweep needs to know of each.
    package var batches: LagoBatches<Object> { LagoBatches(cursor: self.cursor) }

    private let cursor: PageCursor<Object>

    init(size: Int, read: @escaping @Sendable (_ page: Int) async throws -> LagoPage<Object>) {
        self.cursor = PageCursor(size: size, read: read)
    }

    private init(cursor: PageCursor<Object>) { self.cursor = cursor }

    /// The same list from a page on, of which the first is 1. For a sweep that was interrupted: what has come in since
    /// stands before that page, and what went away has pulled as much past it.
    package func starting(at page: Int) -> LagoPages {
        var cursor = self.cursor
        cursor.page = Swift.max(1, page)
        return LagoPages(cursor: cursor)
    }

    /// The whole list.
    package func all() async throws -> [Object] {
        var objects: [Object] = []
        for try await batch in self { objects += batch }
        return objects
    }

    package func makeAsyncIterator() -> Iterator { Iterator(cursor: self.cursor) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var cursor: PageCursor<Object>

        /// The next batch without what came before; nil at the end.
        package mutating func next() async throws -> [Object]? {
            guard let batch = try await self.cursor.next() else { return nil }
            if let error = batch.unreadable.first { throw error }
            return batch.objects
        }
    }
}

/// What one request for a list brought.
package struct LagoBatch<Object: LagoObject>: Sendable {
    /// Without those that came before.
    package let objects: [Object]
    /// The page that was asked for; usually, but not always, one more than the last time.
    package let page: Int
    /// What is wrong with the objects that are left out.
    package let unreadable: [LagoError]
}

/// A list at Lago for a sweep: an object that cannot be read is told of, and does not fail the others.
///
/// A page whose frame cannot be read fails all the same. For the rest it is like `LagoPages`.
package struct LagoBatches<Object: LagoObject & Identifiable>: AsyncSequence, Sendable where Object.ID == String {
    package typealias Element = LagoBatch<Object>

    fileprivate let cursor: PageCursor<Object>

    package func makeAsyncIterator() -> Iterator { Iterator(cursor: self.cursor) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var cursor: PageCursor<Object>

        /// The next batch; nil at the end.
        package mutating func next() async throws -> LagoBatch<Object>? { try await self.cursor.next() }
    }
}
