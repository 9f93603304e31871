import Money
import Rules
import Testing

struct ThresholdTests {
    @Test(arguments: [
        ("20", "20"), (" 20.50 ", "20.5"), ("0", "0"), ("0.00001", "0.00001"), ("20 usd", "20.00 USD"),
        ("20.5  EUR", "20.50 EUR"), ("1200 JPY", "1200 JPY"), ("0.2 MRO", "0.2 MRO"), ("1.001 KWD", "1.001 KWD"),
        ("10%", "10%"), ("12.5 %", "12.5%"), ("3d", "3d"), ("30D", "30d"),
    ])
    func `a threshold is read, and written in one way that reads the same`(text: String, written: String) throws {
        let threshold = try Threshold(text)
        #expect(threshold.description == written)
        #expect(try Threshold(written) == threshold)
    }

    @Test(arguments: [
        ("", "is no threshold"), ("x", "is no threshold"), ("1e3", "is no threshold"), ("20 US", "is no threshold"),
        ("20 USD EUR", "is no threshold"), ("20USD", "is no threshold"), ("-1", "is below zero"),
        ("-1 USD", "is below zero"), ("0.000001", "more decimals"), ("0.001 USD", "more decimals"),
        ("0.5 HUF", "more decimals"), ("0.1 MRO", "more decimals"), ("0%", "no share"), ("101%", "no share"),
        ("0d", "no number of days"), ("1.5d", "no number of days"), ("-3d", "no number of days"), ("d", "no number"),
    ])
    func `what is no threshold is refused by its text and its fault`(text: String, fault: String) throws {
        let error = try #require(throws: ThresholdError.self) { try Threshold(text) }
        #expect(error.text == text)
        #expect(error.description.contains("'\(text)'"))
        #expect(error.description.contains(fault))
    }

    @Test(arguments: [
        ("20,5,0", "20,5,0"), ("0, 5 ,20", "20,5,0"), ("", ""), (" ", ""),
        ("3d,10%,1 EUR,2 EUR,7", "7,2.00 EUR,1.00 EUR,10%,3d"),
    ])
    func `a policy is sorted, and written as it reads`(text: String, written: String) throws {
        #expect(try ThresholdPolicy(text).description == written)
        #expect(try ThresholdPolicy(ThresholdPolicy(text).description) == ThresholdPolicy(text))
    }

    @Test(arguments: [("20,,0", ""), ("20,x,0", "x"), ("20,5,20.0", "20.0"), ("1 EUR,1.00 eur", "1.00 eur"), (",", "")])
    func `a policy names the text that is wrong or says the same twice`(text: String, bad: String) throws {
        let error = try #require(throws: ThresholdError.self) { try ThresholdPolicy(text) }
        #expect(error.text == bad)
    }

    @Test func `the settings of a customer hold texts one by one`() throws {
        #expect(try ThresholdPolicy(["0", "20"]) == ThresholdPolicy("20,0"))
        #expect(try ThresholdPolicy([String]()).thresholds.isEmpty)
    }
}

struct StatusLevelTests {
    @Test(arguments: [
        ("20.00001", "20,5,0", StatusLevel.ok), ("20", "20,5,0", .low), ("5.00001", "20,5,0", .low),
        ("5", "20,5,0", .critical), ("0.00001", "20,5,0", .critical), ("0", "20,5,0", .empty), ("-3", "20,5,0", .empty),
        ("0.5", "0", .ok), ("0", "", .empty), ("0.5", "", .ok), ("7", "7", .critical), ("4", "5,3 EUR", .low),
        ("3", "5,3 EUR", .critical), ("10", "10%,3d", .ok),
    ])
    func `an account is empty, critical, low or fine`(credits: String, policy: String, level: StatusLevel) throws {
        let policy = try ThresholdPolicy(policy)
        #expect(StatusLevel(of: try Sample.account(credits), under: policy, at: 0) == level)
    }

    @Test func `shares and days count once their input is known`() throws {
        let policy = try ThresholdPolicy("50%,3d")
        let half = try Sample.account("50", lastTopUp: "100")
        #expect(StatusLevel(of: half, under: policy, at: 0) == .critical)
        let soon = try Sample.account("80", lastTopUp: "100", runsOutAt: 3 * 86_400_000)
        #expect(StatusLevel(of: soon, under: policy, at: 0) == .low)
        #expect(StatusLevel(of: soon, under: policy, at: -1) == .ok)
    }
}
