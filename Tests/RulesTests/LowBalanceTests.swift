import Foundation
import Money
import Rules
import Testing

struct LowBalanceTests {
    private static let hour: Int64 = 3_600_000
    private static let minute: Int64 = 60_000

    /// An account that is looked at again and again, and whose mails go out when they are due unless a test says else.
    private struct Account {
        var rules: LowBalance
        var state = LowBalanceState()
        var now: Int64 = 1_000 * LowBalanceTests.hour

        init(_ policy: String = "20,5,0") throws {
            self.rules = LowBalance(policy: try ThresholdPolicy(policy), minimumInterval: LowBalanceTests.hour)
        }

        mutating func change(policy: String) throws {
            self.rules = LowBalance(policy: try ThresholdPolicy(policy), minimumInterval: LowBalanceTests.hour)
        }

        mutating func look(_ reading: AccountReading) -> LowBalanceDecision {
            let (state, decision) = self.rules.observe(reading, state: self.state, at: self.now)
            self.state = state
            return decision
        }

        mutating func look(_ credits: String) throws -> LowBalanceDecision { self.look(try Sample.account(credits)) }

        mutating func confirm(_ reading: AccountReading) -> LowBalanceConfirmation {
            let number = self.state.queued?.number ?? 0
            let (state, result) = self.rules.confirm(number, reading: reading, state: self.state, at: self.now)
            self.state = state
            return result
        }

        mutating func settle(_ send: LowBalanceConfirmation.Send, as outcome: LowBalanceMailOutcome = .sent) -> Bool {
            let (state, isOwed) = self.rules.settle(send, as: outcome, state: self.state, at: self.now)
            self.state = state
            return isOwed
        }

        /// Tries to send what is queued; the threshold it told of and the descent, as `5/1`, or why it did not.
        mutating func send(_ credits: String) throws -> String {
            switch self.confirm(try Sample.account(credits)) {
            case .send(let send):
                _ = self.settle(send)
                return "\(send.threshold)/\(send.descent)\(send.isLower ? " lower" : "")"
            case .putOff(let until, let reason): return "\(reason.rawValue) \(until - self.now)"
            case .superseded(let reason): return reason.rawValue
            }
        }
    }

    /// Looks one after the other, a day apart, sending at once what is queued: what each came to.
    @Test(arguments: [
        // A first sight at or below a threshold is no descent.
        ("20,5,0", "0 0 -3", "- - -"), ("20,5,0", "12 4", "- 5/1"), ("20", "20 21.9 19", "- - -"),
        // Armed by a tenth at least, fired at or below, once.
        ("20", "22 20.00001 20 19 18 20", "- - 20/1 - - -"), ("20", "22 20 21.99 19", "- 20/1 - -"),
        ("20", "22 20 22 20", "- 20/1 up1 20/2"),
        // Several at once make one mail, the lowest, and the higher ones do not follow.
        ("20,5,0", "30 4 3 -1 -9", "- 5/1 - 0/1 -"), ("20,5,0", "30 -1 4 19 21", "- 0/1 - - -"),
        // Part of the way up ends the descent, but not the fall under the higher threshold.
        ("20,5,0", "30 4 12 4 12 4", "- 5/1 - 5/2 - 5/3"), ("20,5,0", "30 4 12 30 19", "- 5/1 - up1 20/2"),
        // Zero: armed by the smallest credit unit, and fired at or below.
        ("0", "0.00001 0 0.00001 -0.00001", "- 0/1 up1 0/2"), ("0", "1 -1 0 0.00001", "- 0/1 - up1"),
        // Money, with one minor unit for the least hysteresis; the lower of money and credits is found by the rate.
        ("20 EUR", "30 20", "- 20.00 EUR/1"), ("0.05 EUR", "0.05 0.06 0.05", "- - 0.05 EUR/1"),
        ("20 EUR,5", "30 4", "- 5/1"), ("3 EUR,5", "30 4 3", "- 5/1 3.00 EUR/1"), ("20 USD", "30 1", "- -"),
    ])
    func `a mail goes out once per threshold and descent`(policy: String, balances: String, expected: String) throws {
        var account = try Account(policy)
        let outcomes = try balances.split(separator: " ").map { balance -> String in
            account.now += 24 * Self.hour
            switch try account.look(String(balance)) {
            case .mail: return try account.send(String(balance))
            case .recovered(let descent): return "up\(descent)"
            case .none: return "-"
            }
        }
        // `20.00 EUR/1` is one outcome.
        let words = expected.replacing(" EUR", with: "_EUR").split(separator: " ")
        #expect(outcomes == words.map { String($0).replacing("_", with: " ") })
    }

    @Test func `every decision has its reason`() throws {
        var account = try Account()
        #expect(try account.look("3") == .none(.neverAbove))
        #expect(try account.look("30") == .none(.aboveThresholds))
        #expect(try account.look("19").reason == "crossed")
        #expect(try account.look("19") == .none(.alreadyQueued))
        #expect(try account.send("19") == "20/1")
        #expect(try account.look("18") == .none(.alreadyMailed))
        #expect(try account.look("22") == .recovered(descent: 1))
        #expect(try account.look("22") == .none(.aboveThresholds))
        var silent = try Account("")
        #expect(try silent.look("0") == .none(.noThresholds))
        var blind = try Account("10%,3d,4 USD")
        #expect(try blind.look("1") == .none(.unknown))
        #expect(try blind.look("0") == .none(.neverAbove), "with nothing left, no days are left")
    }

    @Test func `a second mail waits for the interval's end, and is decided anew`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("19") == "20/1")
        account.now += 10 * Self.minute
        guard case .mail(let mail) = try account.look("4") else {
            Issue.record("no mail is queued")
            return
        }
        #expect(mail.at == account.now + 50 * Self.minute)
        #expect(mail.reason == .minimumInterval)
        #expect(try account.send("4") == "minimum_interval \(50 * Self.minute)")
        account.now += 50 * Self.minute
        #expect(try account.send("3") == "5/1")
    }

    @Test func `zero does not wait for the interval, and brings a waiting mail forward`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("19") == "20/1")
        account.now += Self.minute
        _ = try account.look("4")
        account.now += Self.minute
        guard case .mail(let mail) = try account.look("-0.5") else {
            Issue.record("the mail is not brought forward")
            return
        }
        #expect(mail.isQueuedAlready)
        #expect(mail.number == 2)
        #expect(mail.at == account.now)
        #expect(mail.threshold.description == "0")
        #expect(try account.send("-0.5") == "0/1 lower")
    }

    @Test func `a balance that plays about zero is told once an hour, unless it recovered`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("0")
        #expect(try account.send("0") == "0/1")
        account.now += Self.minute
        #expect(try account.look("1") == .none(.alreadyMailed))
        #expect(try account.look("0").reason == "minimum_interval")
        #expect(try account.send("0") == "minimum_interval \(59 * Self.minute)")
        #expect(try account.look("50") == .recovered(descent: 1))
        #expect(try account.send("50") == "balance_is_back")
        #expect(try account.look("0").reason == "crossed")
        #expect(try account.send("0") == "0/3")
    }

    @Test func `what is no longer true is superseded, and mailed when it happens again`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("40") == "balance_is_back")
        #expect(account.state.queued == nil)
        #expect(try account.look("40") == .none(.aboveThresholds))
        #expect(try account.look("19").reason == "crossed")
        #expect(try account.send("19") == "20/2")
    }

    @Test func `a mail superseded within the hysteresis is still owed, and follows in the same descent`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("20.5") == "balance_is_back")
        #expect(try account.look("20.5") == .none(.aboveThresholds))
        #expect(try account.look("19").reason == "crossed")
        #expect(account.state.queued?.number == 2)
        #expect(try account.send("19") == "20/1")
    }

    @Test func `a mail tells of what is lowest when it goes out, be that lower or higher than when it was queued`()
        throws
    {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("4") == "5/1 lower")
        var risen = try Account()
        _ = try risen.look("30")
        _ = try risen.look("4")
        #expect(try risen.send("12") == "20/1")
        #expect(try risen.look("4").reason == "minimum_interval")
    }

    @Test func `an attempt that failed is confirmed again and changes nothing until it is settled`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        let reading = try Sample.account("19")
        let first = account.confirm(reading)
        account.now += 5 * Self.minute
        #expect(account.confirm(reading) == first)
        account.now += 5 * Self.minute
        #expect(try account.send("30") == "balance_is_back")
    }

    @Test func `a threshold crossed while a mail is on its way is owed`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        guard case .send(let send) = account.confirm(try Sample.account("19")) else {
            Issue.record("the mail is not sent")
            return
        }
        #expect(try account.look("4") == .none(.alreadyQueued))
        let isOwed = account.settle(send)
        #expect(isOwed)
        account.now += 2 * Self.hour
        #expect(try account.look("4").reason == "crossed")
        #expect(try account.send("4") == "5/1")
    }

    @Test func `a recovery while a mail is on its way is told after it, and the next fall is not lost`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        guard case .send(let send) = account.confirm(try Sample.account("19")) else {
            Issue.record("the mail is not sent")
            return
        }
        #expect(try account.look("40") == .none(.aboveThresholds))
        let isOwed = account.settle(send)
        #expect(!isOwed)
        #expect(try account.look("40") == .recovered(descent: 1))
        account.now += 2 * Self.hour
        #expect(try account.look("19").reason == "crossed")
        #expect(try account.send("19") == "20/2")
    }

    @Test func `a mail that is given up is not repeated in its descent`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        account.state = account.rules.giveUp(1, state: account.state)
        #expect(try account.look("19") == .none(.alreadyMailed))
        #expect(try account.look("30") == .none(.aboveThresholds), "nothing was mailed, so nothing is said to be back")
        #expect(try account.look("19").reason == "crossed")
        guard case .send(let send) = account.confirm(try Sample.account("19")) else {
            Issue.record("the mail is not sent")
            return
        }
        let isOwed = account.settle(send, as: .givenUp)
        #expect(!isOwed)
        #expect(account.state.lastMailAt == nil)
        #expect(try account.look("18") == .none(.alreadyMailed))
    }

    @Test func `a top-up that will lift the account puts the mail off, ten minutes at most`() throws {
        var account = try Account()
        _ = try account.look("30")
        let topUp = AccountReading.PendingTopUp(credits: try Sample.decimal("50"), since: account.now - Self.minute)
        guard case .mail(let mail) = account.look(try Sample.account("4", topUp: topUp)) else {
            Issue.record("no mail is queued")
            return
        }
        #expect(mail.reason == .pendingTopUp)
        #expect(mail.at == account.now + 9 * Self.minute)
        account.now = mail.at - 1
        let waiting = account.confirm(try Sample.account("4", topUp: topUp))
        #expect(waiting == .putOff(until: mail.at, .pendingTopUp))
        account.now = mail.at
        guard case .send = account.confirm(try Sample.account("4", topUp: topUp)) else {
            Issue.record("the mail is not sent")
            return
        }
    }

    @Test(arguments: [("1", false), ("1.00001", true), ("16", true)])
    func `a top-up that will not lift the account above the threshold is not waited for`(
        credits: String,
        isAwaited: Bool
    ) throws {
        var account = try Account()
        _ = try account.look("30")
        let topUp = AccountReading.PendingTopUp(credits: try Sample.decimal(credits), since: account.now)
        let reason = account.look(try Sample.account("4", topUp: topUp)).reason
        #expect(reason == (isAwaited ? "pending_top_up" : "crossed"))
    }

    @Test func `a top-up that failed brings the mail forward`() throws {
        var account = try Account()
        _ = try account.look("30")
        let topUp = AccountReading.PendingTopUp(credits: try Sample.decimal("50"), since: account.now)
        _ = account.look(try Sample.account("4", topUp: topUp))
        account.now += Self.minute
        guard case .mail(let mail) = try account.look("4") else {
            Issue.record("the mail is not brought forward")
            return
        }
        #expect(mail.isQueuedAlready)
        #expect(mail.at == account.now)
    }

    @Test func `a threshold added while the account is below it is not armed`() throws {
        var account = try Account("5")
        _ = try account.look("12")
        try account.change(policy: "20,5")
        #expect(try account.look("12") == .none(.neverAbove))
        #expect(try account.look("22") == .none(.aboveThresholds))
        #expect(try account.look("12").reason == "crossed")
    }

    @Test func `a threshold removed while its mail is queued ends that mail`() throws {
        var account = try Account("20")
        _ = try account.look("30")
        _ = try account.look("12")
        try account.change(policy: "5")
        #expect(try account.send("12") == "threshold_removed")
        try account.change(policy: "20")
        #expect(try account.look("12") == .none(.neverAbove))
    }

    @Test func `a threshold removed and added again is told of once per descent`() throws {
        var account = try Account("20")
        _ = try account.look("30")
        _ = try account.look("12")
        #expect(try account.send("12") == "20/1")
        try account.change(policy: "5")
        #expect(try account.look("12") == .none(.aboveThresholds))
        try account.change(policy: "20")
        account.now += 2 * Self.hour
        #expect(try account.look("25") == .none(.aboveThresholds))
        #expect(try account.look("12").reason == "crossed")
        #expect(try account.send("12") == "20/2")
    }

    @Test func `shares and days fire by what is known, and do nothing without`() throws {
        var account = try Account("10%,3d")
        let day = 24 * Self.hour
        func reading(_ credits: String, days: Int64?) throws -> AccountReading {
            try Sample.account(credits, lastTopUp: "100", runsOutAt: days.map { account.now + $0 * day })
        }
        _ = account.look(try reading("50", days: 9))
        #expect(account.look(try Sample.account("1")) == .none(.unknown))
        guard case .mail(let days) = account.look(try reading("40", days: 3)) else {
            Issue.record("no mail is queued")
            return
        }
        #expect(days.threshold.description == "3d")
        guard case .send(let send) = account.confirm(try reading("10", days: 1)) else {
            Issue.record("the mail is not sent")
            return
        }
        #expect(send.threshold.description == "10%", "days are the higher ones")
        _ = account.settle(send)
        #expect(account.look(try reading("50", days: nil)) == .recovered(descent: 1))
    }

    @Test func `days are crossed once nothing is left, though nothing is foretold any more`() throws {
        var account = try Account("3d")
        let week = account.now + 7 * 24 * Self.hour
        #expect(account.look(try Sample.account("50", runsOutAt: week)) == .none(.aboveThresholds))
        #expect(try account.look("-1").reason == "crossed")
    }

    @Test func `a clock that was set back holds up no mail`() throws {
        var account = try Account()
        _ = try account.look("30")
        _ = try account.look("19")
        #expect(try account.send("19") == "20/1")
        account.now -= 400 * 24 * Self.hour
        #expect(try account.look("4").reason == "crossed")
        #expect(try account.send("4") == "5/1")
    }

    @Test func `a state survives a round trip through JSON`() throws {
        var account = try Account("20,5,0,10%,3d,2 EUR")
        _ = try account.look("30")
        _ = try account.look("4")
        let json = try JSONEncoder().encode(account.state)
        #expect(try JSONDecoder().decode(LowBalanceState.self, from: json) == account.state)
    }
}
