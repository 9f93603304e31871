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

/// Waits until `condition` holds; false when it does not within `limit`.
package func eventually(
    within limit: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if try await condition() { return true }
        try? await clock.sleep(for: .milliseconds(5))
    }
    return try await condition()
}
