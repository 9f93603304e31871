internal import LagoEvents
internal import NIOCore
private import Synchronization

/// One stream's end of the feed: what its client is to get next. However slowly that reads, no more is kept for it than
/// the newest balance and one heartbeat.
final class BalanceListener: Sendable {
    private struct State {
        /// What was handed out, or need not be, because the client has it.
        var known = Int64.min
        var newest: BalanceEvent?
        var owesHeartbeat = false
        /// How many heartbeats it may still be asked for.
        var heartbeats: Int
        var isOver = false
        var reader: CheckedContinuation<Void, Never>?
    }

    let customer: CustomerID
    /// Nothing goes out from then on, whatever comes; the next heartbeat at the latest finds it out.
    private let deadline: ContinuousClock.Instant?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - heartbeats: after so many the stream ends by itself.
    ///   - end: when it ends, however many there were.
    init(customer: CustomerID, heartbeats: Int, end: ContinuousClock.Instant? = nil) {
        self.customer = customer
        self.deadline = end
        self.state = Mutex(State(heartbeats: heartbeats))
    }

    /// The client has this balance, or a later one.
    func skip(to id: Int64) {
        self.state.withLock { state in
            state.known = max(state.known, id)
            if let newest = state.newest, newest.id <= id { state.newest = nil }
        }
    }

    /// Hands a balance on, unless it is known, or a newer one waits.
    func offer(_ event: BalanceEvent) {
        self.change { state in
            guard event.id > state.newest?.id ?? state.known else { return }
            state.newest = event
        }
    }

    func beat() {
        self.change { state in
            state.heartbeats -= 1
            state.owesHeartbeat = true
            if state.heartbeats <= 0 { state.isOver = true }
        }
    }

    func end() {
        self.change { $0.isOver = true }
    }

    /// What goes out next; waits for it. Nil at the end, and when the task is cancelled.
    func next() async -> ByteBuffer? {
        while true {
            if let deadline = self.deadline, deadline <= .now { return nil }
            switch self.state.withLock({ Self.take(&$0) }) {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .nothing: await self.wait()
            }
        }
    }

    private enum Taken {
        case bytes(ByteBuffer)
        case nothing
        case end
    }

    private static let heartbeat = ByteBuffer(string: ":\n\n")

    private static func take(_ state: inout State) -> Taken {
        if state.isOver { return .end }
        if let event = state.newest {
            (state.newest, state.known) = (nil, event.id)
            return .bytes(event.bytes)
        }
        guard state.owesHeartbeat else { return .nothing }
        state.owesHeartbeat = false
        return .bytes(Self.heartbeat)
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let isReady = self.state.withLock { state in
                    let isReady = state.isOver || state.newest != nil || state.owesHeartbeat
                    if !isReady { state.reader = reader }
                    return isReady
                }
                if isReady { reader.resume() }
            }
        } onCancel: {
            self.end()
        }
    }

    /// Changes what waits for the client, and wakes its stream where there is something now.
    private func change(_ body: (inout State) -> Void) {
        let reader = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            guard state.isOver || state.newest != nil || state.owesHeartbeat else { return nil }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
