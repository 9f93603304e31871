import Testing
import Worker

struct MailLaneTests {
    private let lane = MailLane()

    @Test func `a relay that is away is asked once a minute, by one message at a time`() {
        #expect(self.lane.permit(for: "a@x.example", at: 0) == .send)
        #expect(self.lane.relayFailed(at: 0))
        #expect(!self.lane.relayFailed(at: 1), "one pause is one alert")
        #expect(self.lane.permit(for: "a@x.example", at: 10_001) == .wait(milliseconds: 50_000))
        #expect(self.lane.permit(for: "a@x.example", at: 60_001) == .probe)
        #expect(self.lane.permit(for: "a@x.example", at: 60_002) == .wait(milliseconds: 59_999))
        #expect(!self.lane.relayFailed(at: 70_000))
        #expect(self.lane.permit(for: "a@x.example", at: 129_999) == .wait(milliseconds: 1))
        #expect(self.lane.permit(for: "a@x.example", at: 130_000) == .probe)
        #expect(self.lane.relayAnswered(at: 130_000))
        #expect(!self.lane.relayAnswered(at: 130_000))
        #expect(self.lane.permit(for: "a@x.example", at: 130_000) == .send)
    }

    @Test func `more than five refused addresses within ten minutes stop the lane, five do not`() {
        for index in 0..<5 { #expect(self.lane.refused("\(index)@x.example", at: Int64(index)) == nil) }
        #expect(self.lane.permit(for: "a@x.example", at: 10) == .send)
        #expect(self.lane.refused("5@x.example", at: 10) == .everybody)
        #expect(self.lane.permit(for: "a@x.example", at: 11) == .wait(milliseconds: 899_999))
        #expect(self.lane.permit(for: "a@x.example", at: 900_010) == .attempt)
        #expect(self.lane.permit(for: "a@x.example", at: 900_010) == .wait(milliseconds: 900_000))
        #expect(self.lane.relayAnswered(at: 130_000))
        #expect(self.lane.refused("6@x.example", at: 900_020) == nil, "what came before is forgotten")
    }

    @Test func `one address refused again and again, and refusals far apart, stop nothing`() {
        for index in 0..<20 { #expect(self.lane.refused("a@x.example", at: Int64(index)) == nil) }
        for index in 0..<20 {
            #expect(self.lane.refused("\(index)@x.example", at: 1_000_000 + Int64(index) * 120_001) == nil)
        }
        #expect(!self.lane.isPaused)
    }

    @Test func `a domain that refuses everybody, while others take mail, stops alone`() {
        #expect(!self.lane.relayAnswered(takingMailTo: "b@Y.example", at: 0))
        for index in 0..<5 { #expect(self.lane.refused("\(index)@x.example", at: Int64(index)) == nil) }
        #expect(self.lane.refused("5@X.example", at: 10) == .domain("x.example"))
        #expect(self.lane.refused("6@x.example", at: 11) == nil, "one pause is one alert")
        #expect(self.lane.wait(for: "7@x.example", at: 12) != nil && self.lane.isStopped(for: "7@x.example"))
        #expect(self.lane.permit(for: "b@y.example", at: 12) == .send && !self.lane.isPaused)
        #expect(self.lane.permit(for: "7@x.example", at: 900_011) == .attempt)
        #expect(self.lane.permit(for: "8@x.example", at: 900_011) == .wait(milliseconds: 900_000))
        #expect(self.lane.relayAnswered(takingMailTo: "7@x.example", at: 900_012), "mail of the domain flows again")
        #expect(self.lane.permit(for: "8@x.example", at: 900_013) == .send)
    }

    @Test func `refusals of several domains are the relay's`() {
        #expect(!self.lane.relayAnswered(takingMailTo: "b@y.example", at: 0))
        for index in 0..<5 { #expect(self.lane.refused("\(index)@x.example", at: Int64(index)) == nil) }
        #expect(self.lane.refused("5@z.example", at: 10) == .everybody)
        #expect(self.lane.permit(for: "b@y.example", at: 11) != .send)
    }
}
