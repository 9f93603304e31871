private import Foundation
import Synchronization

/// One thread with one libcurl multi handle, and the door between it and everybody else.
///
/// Callers leave an order in the inbox and wait; the thread takes it up, runs it, and resumes them. Everything of
/// libcurl's lives on the thread. It starts with the first order and ends with `stop`.
final class TransferLoop: Sendable {
    /// What to carry out.
    enum Job: Sendable {
        case request(TransferRequest)
        case delivery(SMTPDelivery)
        /// The dialogue of a delivery up to where its mail would follow.
        case probe(SMTPDelivery)
    }

    /// What a transfer that came to its end has brought.
    enum Answer: Sendable {
        case response(TransferResponse)
        case reply(SMTPReply)
    }

    typealias Outcome = Result<Answer, TransferError>

    struct Order: Sendable {
        let id: UInt
        let job: Job
        let origin: Origin
        let deadline: ContinuousClock.Instant
        let caller: CheckedContinuation<Outcome, Never>
    }

    /// What the thread finds when it looks up.
    struct Mail: Sendable {
        var orders: [Order] = []
        var cancelled: [UInt] = []
        var isStopping = false

        var isEmpty: Bool { self.orders.isEmpty && self.cancelled.isEmpty && !self.isStopping }
    }

    private struct Inbox {
        var mail = Mail()
        var lastID: UInt = 0
        var hasStarted = false
        var hasEnded = false
        /// Here only while the handle lives.
        var waker: MultiHandle.Waker?
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    private let inbox = Mutex(Inbox())
    private let name: String
    private let caFile: String?
    private let maximumConnectionsPerHost: Int

    init(name: String, caFile: String?, maximumConnectionsPerHost: Int) {
        self.name = name
        self.caFile = caFile
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
    }

    /// Carries a job out; cancelling the task ends it.
    func perform(_ job: Job) async -> Outcome {
        guard !Task.isCancelled else { return .failure(.cancelled(requestLeft: false)) }
        let origin: Origin
        do throws(TransferError) {
            origin = try job.check()
        } catch {
            return .failure(error)
        }
        let deadline = ContinuousClock.now + job.deadline
        let id = self.inbox.withLock { inbox in
            inbox.lastID += 1
            return inbox.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let order = Order(id: id, job: job, origin: origin, deadline: deadline, caller: caller)
                guard self.take(order) else {
                    caller.resume(returning: .failure(.stopped(requestLeft: false)))
                    return
                }
                // The handler below may have run before there was an order to cancel.
                if Task.isCancelled { self.cancel(id) }
            }
        } onCancel: {
            self.cancel(id)
        }
    }

    /// Refuses new orders, fails those under way, and has the thread end.
    func stop() {
        self.inbox.withLock { inbox in
            inbox.mail.isStopping = true
            inbox.waker?.wake()
        }
    }

    /// Returns when the thread has ended, or never began.
    func ended() async {
        await withCheckedContinuation { waiting in
            let hasEnded = self.inbox.withLock { inbox in
                let hasEnded = inbox.hasEnded || !inbox.hasStarted
                if !hasEnded { inbox.waitingForEnd.append(waiting) }
                return hasEnded
            }
            if hasEnded { waiting.resume() }
        }
    }

    /// Whether the order is to be ended: cancelled, or the loop stopping.
    func isGivenUp(_ id: UInt) -> Bool {
        self.inbox.withLock { $0.mail.isStopping || $0.mail.cancelled.contains(id) }
    }

    /// Leaves an order; false when the loop is stopping.
    private func take(_ order: Order) -> Bool {
        let (isTaken, mustStart) = self.inbox.withLock { inbox in
            guard !inbox.mail.isStopping else { return (false, false) }
            if inbox.mail.isEmpty { inbox.waker?.wake() }
            inbox.mail.orders.append(order)
            defer { inbox.hasStarted = true }
            return (true, !inbox.hasStarted)
        }
        if mustStart {
            let thread = Thread { self.run() }
            thread.name = self.name
            thread.start()
        }
        return isTaken
    }

    private func cancel(_ id: UInt) {
        self.inbox.withLock { inbox in
            guard !inbox.hasEnded, inbox.hasStarted else { return }
            inbox.mail.cancelled.append(id)
            inbox.waker?.wake()
        }
    }

    // MARK: - The thread

    private func run() {
        do {
            let multi = try MultiHandle(maximumConnectionsPerHost: self.maximumConnectionsPerHost)
            let transfers = TransferTable(
                multi: multi,
                caFile: self.caFile,
                maximumPerOrigin: self.maximumConnectionsPerHost,
                isGivenUp: self.isGivenUp
            )
            self.inbox.withLock { $0.waker = multi.waker }
            while true {
                let mail = self.takeMail()
                if mail.isStopping {
                    self.inbox.withLock { $0.waker = nil }
                    transfers.failAll(and: mail.orders)
                    break
                }
                transfers.turn(with: mail)
            }
        } catch {
            self.stop()
            for order in self.takeMail().orders { order.caller.resume(returning: .failure(error)) }
        }
        // The handles are gone, and the connections with them.
        let waiting = self.inbox.withLock { inbox in
            inbox.hasEnded = true
            defer { inbox.waitingForEnd = [] }
            return inbox.waitingForEnd
        }
        for one in waiting { one.resume() }
    }

    /// Empties the inbox; a stop stays.
    private func takeMail() -> Mail {
        self.inbox.withLock { inbox in
            let mail = inbox.mail
            inbox.mail = Mail(isStopping: mail.isStopping)
            return mail
        }
    }
}

extension TransferLoop.Job {
    /// From the call to the end.
    var deadline: Duration {
        switch self {
        case .request(let request): request.deadline
        case .delivery(let delivery), .probe(let delivery): delivery.deadline
        }
    }

    /// Refuses what libcurl shall not see; says where the job leads.
    fileprivate func check() throws(TransferError) -> Origin {
        switch self {
        case .request(let request): try request.check()
        case .delivery(let delivery), .probe(let delivery): try delivery.check()
        }
    }
}

extension TransferError {
    static func cancelled(requestLeft: Bool) -> Self {
        Self(kind: .cancelled, message: "the task was cancelled", requestLeft: requestLeft)
    }

    static func stopped(requestLeft: Bool) -> Self {
        Self(kind: .stopped, message: "the engine is shut down", requestLeft: requestLeft)
    }
}
