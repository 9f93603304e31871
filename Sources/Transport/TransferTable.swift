import CLibCurl

/// The transfers of one loop: under way in libcurl, or waiting for their turn. Bound to the loop's thread.
///
/// No more than so many go to one origin at a time; the others wait here, in order, rather than in libcurl, whose own
/// queue knows no deadline.
final class TransferTable {
    private struct Transfer {
        let order: TransferLoop.Order
        /// nil while it waits for its turn.
        var easy: EasyHandle?
    }

    /// One origin's share.
    private struct Lane {
        var underWay = 0
        /// In order; ids that are in the table no more are passed over.
        var waiting: [UInt] = []
        var firstWaiting = 0
    }

    private let multi: MultiHandle
    private let caFile: String?
    private let maximumPerOrigin: Int
    private let isGivenUp: (UInt) -> Bool
    private let clock = ContinuousClock()
    private var transfers: [UInt: Transfer] = [:]
    private var lanes: [Origin: Lane] = [:]
    /// No deadline is earlier than this; nil when there is none.
    private var nextDeadline: ContinuousClock.Instant?

    init(multi: MultiHandle, caFile: String?, maximumPerOrigin: Int, isGivenUp: @escaping (UInt) -> Bool) {
        self.multi = multi
        self.caFile = caFile
        self.maximumPerOrigin = maximumPerOrigin
        self.isGivenUp = isGivenUp
    }

    /// One turn of the loop: takes what is new, moves everything, waits for more.
    func turn(with mail: TransferLoop.Mail) {
        for order in mail.orders { self.begin(order) }
        for id in mail.cancelled { self.cancel(id) }
        self.multi.perform()
        while let (id, code) = self.multi.nextFinished() { self.finish(id, code: code) }
        self.expire()
        // A wake that came meanwhile ends the wait at once.
        self.multi.wait(atMost: self.nextDeadline.map { self.clock.now.duration(to: $0) } ?? .seconds(60))
    }

    /// Fails everything, and what has not even begun.
    func failAll(and orders: [TransferLoop.Order]) {
        self.lanes = [:]  // nobody's turn comes
        for id in self.transfers.keys.sorted() { self.end(id, failing: TransferError.stopped) }
        for order in orders { order.caller.resume(returning: .failure(.stopped(requestLeft: false))) }
    }

    // MARK: - Beginning

    private func begin(_ order: TransferLoop.Order) {
        self.transfers[order.id] = Transfer(order: order)
        self.nextDeadline = min(self.nextDeadline ?? order.deadline, order.deadline)
        self.lanes[order.origin, default: Lane()].waiting.append(order.id)
        self.advance(order.origin)
    }

    /// Starts as many as the origin's lane has room for.
    private func advance(_ origin: Origin) {
        while var lane = self.lanes[origin], lane.underWay < self.maximumPerOrigin {
            guard lane.firstWaiting < lane.waiting.count else {
                if lane.underWay == 0 { self.lanes[origin] = nil }
                return
            }
            let id = lane.waiting[lane.firstWaiting]
            lane.firstWaiting += 1
            if lane.firstWaiting > 64, lane.firstWaiting * 2 > lane.waiting.count {
                lane.waiting.removeFirst(lane.firstWaiting)
                lane.firstWaiting = 0
            }
            let isStarted = self.start(id)
            lane.underWay += isStarted ? 1 : 0
            self.lanes[origin] = lane
        }
    }

    private func start(_ id: UInt) -> Bool {
        guard let transfer = self.transfers[id] else { return false }
        do throws(TransferError) {
            let easy = try self.easyHandle(for: transfer.order)
            try self.multi.add(easy)
            self.transfers[id]?.easy = easy
            return true
        } catch {
            self.transfers[id] = nil
            transfer.order.caller.resume(returning: .failure(error))
            return false
        }
    }

    private func easyHandle(for order: TransferLoop.Order) throws(TransferError) -> EasyHandle {
        switch order.job {
        case .request(let request):
            let easy = try EasyHandle(
                id: order.id,
                collector: Collector(
                    maximumBodySize: request.maximumResponseSize,
                    // A process that stood still may be here long after its time.
                    leavesBefore: min(order.deadline, request.leavesBefore ?? order.deadline)
                )
            )
            try easy.configure(request, caFile: self.caFile)
            return easy
        case .delivery(let delivery), .probe(let delivery):
            let easy = try EasyHandle(
                id: order.id,
                collector: Collector(message: delivery.message) { [clock, isGivenUp] in
                    order.deadline <= clock.now || isGivenUp(order.id)
                }
            )
            try easy.configure(delivery, caFile: self.caFile, sockets: self.multi.sockets)
            if case .probe = order.job { try easy.endOnceConnected() }
            return easy
        }
    }

    // MARK: - Ending

    private func finish(_ id: UInt, code: CURLcode) {
        // A mail that was broken off by its callbacks stays for the one who said so: cancellation, stop or deadline.
        if let easy = self.transfers[id]?.easy, easy.collector.isAbandoned, code != CURLE_OK { return }
        guard let transfer = self.takeOff(id), let easy = transfer.easy else { return }
        self.multi.remove(easy)
        let outcome: TransferLoop.Outcome
        if let error = easy.error(for: code, of: transfer.order.job) {
            outcome = .failure(error)
        } else {
            switch transfer.order.job {
            case .request:
                let (status, headers) = (easy.status, easy.collector.headers)
                outcome = .success(
                    .response(TransferResponse(status: status, headers: headers, body: easy.collector.body))
                )
            case .delivery, .probe:
                outcome = .success(.reply(easy.collector.reply ?? SMTPReply(code: 250, text: "")))
            }
        }
        transfer.order.caller.resume(returning: outcome)
        self.advance(transfer.order.origin)
    }

    private func cancel(_ id: UInt) {
        self.end(id, failing: TransferError.cancelled)
    }

    /// Ends what is past its deadline. The table is only searched when something is.
    private func expire() {
        let now = self.clock.now
        guard let next = self.nextDeadline, next <= now else { return }
        for (id, transfer) in self.transfers where transfer.order.deadline <= now {
            let limit = transfer.order.job.deadline
            let phase = transfer.easy == nil ? "while it waited for others" : "before the answer was whole"
            let collector = transfer.easy?.collector
            self.end(id) { requestLeft in
                TransferError(
                    kind: .timedOut,
                    message: "\(limit) passed \(phase)",
                    requestLeft: requestLeft,
                    stage: collector?.isMail == true ? collector?.stage : nil
                )
            }
        }
        self.nextDeadline = self.transfers.values.map(\.order.deadline).min()
    }

    private func end(_ id: UInt, failing error: (_ requestLeft: Bool) -> TransferError) {
        guard let transfer = self.takeOff(id) else { return }
        if let easy = transfer.easy { self.multi.breakOff(easy) }
        transfer.order.caller.resume(returning: .failure(error(transfer.easy?.collector.requestLeft ?? false)))
        self.advance(transfer.order.origin)
    }

    /// Takes a transfer off the table and off its lane's count.
    private func takeOff(_ id: UInt) -> Transfer? {
        guard let transfer = self.transfers.removeValue(forKey: id) else { return nil }
        if transfer.easy != nil { self.lanes[transfer.order.origin]?.underWay -= 1 }
        return transfer
    }
}
