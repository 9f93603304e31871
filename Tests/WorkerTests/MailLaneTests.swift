import Testing
import Worker

struct MailLaneTests {
    private let lane = MailLane()

    @Test func `a relay that is away is asked once a minute, by one message at a time`() {
        #expect(self.lane.permit(at: 0) == .send)
        #expect(self.lane.relayFailed(at: 0))
        #expect(!self.lane.relayFailed(at: 1), "one pause is one alert")
        #expect(self.lane.permit(at: 10_001) == .wait(milliseconds: 50_000))
        #expect(self.lane.permit(at: 60_001) == .probe)
        #expect(self.lane.permit(at: 60_002) == .wait(milliseconds: 59_999))
        #expect(!self.lane.relayFailed(at: 70_000))
        #expect(self.lane.permit(at: 129_999) == .wait(milliseconds: 1))
        #expect(self.lane.permit(at: 130_000) == .probe)
        #expect(self.lane.relayAnswered())
        #expect(!self.lane.relayAnswered())
        #expect(self.lane.permit(at: 130_000) == .send)
    }

    @Test func `more than five refused addresses within ten minutes stop the lane, five do not`() {
        for index in 0..<5 { #expect(!self.lane.refused("\(index)@x.example", at: Int64(index))) }
        #expect(self.lane.permit(at: 10) == .send)
        #expect(self.lane.refused("5@x.example", at: 10))
        #expect(self.lane.permit(at: 11) == .wait(milliseconds: 899_999))
        #expect(self.lane.permit(at: 900_010) == .attempt)
        #expect(self.lane.permit(at: 900_010) == .wait(milliseconds: 900_000))
        #expect(self.lane.relayAnswered())
        #expect(!self.lane.refused("6@x.example", at: 900_020), "what came before is forgotten")
    }

    @Test func `one address refused again and again, and refusals far apart, stop nothing`() {
        for index in 0..<20 { #expect(!self.lane.refused("a@x.example", at: Int64(index))) }
        for index in 0..<20 {
            #expect(!self.lane.refused("\(index)@x.example", at: 1_000_000 + Int64(index) * 120_001))
        }
        #expect(!self.lane.isPaused)
    }
}
