import Synchronization
import TestSupport
import Testing

@testable import Worker

/// A domain's share of the hands that send mail.
@Suite(.timeLimit(.minutes(1))) struct DomainHandsTests {
    private final class Crowd: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { self.counts.withLock { $0.most } }
        var now: Int { self.counts.withLock { $0.now } }
        func enter() { self.counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { self.counts.withLock { $0.now -= 1 } }
    }

    @Test func `a slow domain leaves hands to others, and its further mails come back later`() async {
        let (hands, gate, crowd) = (DomainHands(of: 4), Gate(), Crowd())
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await hands.working(for: "a@Slow.example") {
                        crowd.enter()
                        await gate.wait()
                        return 1
                    }
                }
            }
            #expect(await eventually { crowd.now == 3 })
            let fast = await hands.working(for: "b@fast.example") { 2 }
            #expect(fast == 2)
            let fourth = await hands.working(for: "d@slow.example") { 3 }
            #expect(fourth == nil, "it waits for a while")
            let fifth = await hands.working(for: "e@slow.example") { 4 }
            #expect(fifth == nil, "the others take long")
            gate.open()
            for await result in group { #expect(result == 1) }
        }
        let later = await hands.working(for: "f@slow.example") { 5 }
        #expect(later == 5)
    }

    @Test func `while mails go through quickly, every one of a domain gets its turn`() async {
        // How quick that is on a machine with much else to do, is not to matter.
        let (hands, crowd) = (DomainHands(of: 4, patience: .seconds(600)), Crowd())
        await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    await hands.working(for: "a@x.example") {
                        crowd.enter()
                        await Task.yield()
                        crowd.leave()
                        return true
                    }
                }
            }
            for await result in group { #expect(result == true) }
        }
        #expect(crowd.most <= 3)
    }

    @Test func `who is cancelled while waiting leaves no place taken`() async {
        let (hands, gate, crowd) = (DomainHands(of: 1), Gate(), Crowd())
        let first = Task {
            await hands.working(for: "a@x.example") {
                crowd.enter()
                await gate.wait()
                return 1
            }
        }
        #expect(await eventually { crowd.now == 1 })
        let waiting = Task { await hands.working(for: "b@x.example") { 2 } }
        waiting.cancel()
        #expect(await waiting.value == nil)
        gate.open()
        #expect(await first.value == 1)
        let next = await hands.working(for: "c@x.example") { 3 }
        #expect(next == 3)
    }
}
