/// Who goes next among those that wait in lanes: lanes by weight, within a lane first come, first served.
///
/// - Shape: stride scheduling. Each turn moves its lane ahead in a time of its own, the further the lighter the lane is,
///   and the lane that is least far goes next. A lane that comes back starts where the others are: it has saved nothing
///   up, and owes nothing.
struct LaneQueue {
    typealias Ticket = UInt64

    fileprivate struct Lane {
        /// How far it is.
        var position = 0
        /// From `head` on; who has left is still in it.
        var order: [Ticket] = []
        var head = 0
        var count = 0
    }

    private var lanes = [Lane](repeating: Lane(), count: LagoLane.allCases.count)
    private var waiting: [Ticket: LagoLane] = [:]
    /// Where the lane was that went last.
    private var position = 0

    /// What every weight divides.
    private static let stride = 8

    var isEmpty: Bool { self.waiting.isEmpty }

    func count(in lane: LagoLane) -> Int { self.lanes[lane.index].count }

    mutating func enter(_ ticket: Ticket, lane: LagoLane) {
        if self.lanes[lane.index].count == 0 {
            self.lanes[lane.index].position = max(self.lanes[lane.index].position, self.position)
        }
        self.lanes[lane.index].order.append(ticket)
        self.lanes[lane.index].count += 1
        self.waiting[ticket] = lane
    }

    /// Leaves without a turn; costs the lane nothing.
    mutating func leave(_ ticket: Ticket) {
        guard let lane = self.waiting.removeValue(forKey: ticket) else { return }
        self.lanes[lane.index].count -= 1
        self.lanes[lane.index].tidy()
    }

    /// Takes the next one out; of lanes that are equally far, the heavier goes.
    mutating func next() -> Ticket? {
        let ready = LagoLane.allCases.filter { self.lanes[$0.index].count > 0 }
        guard let lane = ready.min(by: { self.lanes[$0.index].position < self.lanes[$1.index].position }) else {
            return nil
        }
        while let ticket = self.lanes[lane.index].first() {
            guard self.waiting.removeValue(forKey: ticket) != nil else { continue }
            self.lanes[lane.index].count -= 1
            self.lanes[lane.index].tidy()
            self.position = self.lanes[lane.index].position
            self.lanes[lane.index].position += Self.stride / lane.weight
            return ticket
        }
        return nil
    }
}

extension LaneQueue.Lane {
    fileprivate mutating func first() -> LaneQueue.Ticket? {
        guard self.head < self.order.count else { return nil }
        self.head += 1
        return self.order[self.head - 1]
    }

    /// Forgets those that are gone, once they are many.
    fileprivate mutating func tidy() {
        if self.count == 0 {
            self.order.removeAll(keepingCapacity: true)
            self.head = 0
        } else if self.head > 1000, self.head > self.order.count / 2 {
            self.order.removeFirst(self.head)
            self.head = 0
        }
    }
}

extension LagoLane {
    fileprivate var index: Int {
        switch self {
        case .prompt: 0
        case .proxy: 1
        case .near: 2
        case .sweep: 3
        case .far: 4
        }
    }
}
