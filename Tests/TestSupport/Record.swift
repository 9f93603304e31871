import Synchronization

/// What the other side saw, in order.
package final class Record<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    package init() {}

    package func add(_ element: Element) {
        self.elements.withLock { $0.append(element) }
    }

    package var all: [Element] { self.elements.withLock { $0 } }
    package var count: Int { self.all.count }
}
