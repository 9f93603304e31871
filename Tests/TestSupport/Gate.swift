import Synchronization

/// Holds up whoever waits at it, until it is opened; a cancelled wait ends as well.
package final class Gate: Sendable {
    private let isOpen = Mutex(false)

    package init() {}

    package func open() {
        self.isOpen.withLock { $0 = true }
    }

    package func wait() async {
        while !self.isOpen.withLock({ $0 }), (try? await Task.sleep(for: .milliseconds(2))) != nil {}
    }
}
