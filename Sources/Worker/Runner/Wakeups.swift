internal import ServiceLifecycle
internal import Store

/// Calls a body when a commit of this process concerns it, when somebody wakes it, and at an interval for what other
/// processes commit; ends on graceful shutdown.
struct Wakeups: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>
    private let interval: Duration

    init(topic: Topic, of store: Store, every interval: Duration) {
        (self.stream, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.signals = store.signals.stream(of: topic)
        self.interval = interval
    }

    /// Wakes the body once more, after the call under way.
    func wake() {
        self.continuation.yield()
    }

    /// Calls `body` in this way until it gives something.
    ///
    /// - Returns: nil when it gave nothing for so long.
    func first<Value>(within time: Duration, _ body: () async throws -> Value?) async throws -> Value? {
        try await withThrowingTaskGroup(of: Void.self) { helpers in
            defer { helpers.cancelAll() }
            helpers.addTask { for await _ in self.signals { self.wake() } }
            helpers.addTask {
                while (try? await Task.sleep(for: self.interval)) != nil { self.wake() }
            }
            helpers.addTask {
                try await Task.sleep(for: time)
                self.continuation.finish()
            }
            self.wake()
            for await _ in self.stream { if let value = try await body() { return value } }
            return nil
        }
    }

    /// Calls `body` at once and at each wake-up, one call at a time; several wake-ups during a call are one.
    func run(_ body: () async -> Void) async {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { helpers in
                helpers.addTask { for await _ in self.signals { self.wake() } }
                helpers.addTask {
                    while (try? await Task.sleep(for: self.interval)) != nil { self.wake() }
                }
                self.wake()
                for await _ in self.stream { await body() }
                helpers.cancelAll()
            }
        } onGracefulShutdown: {
            self.continuation.finish()
        }
    }
}
