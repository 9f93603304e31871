import Money
import Notices
import Testing

/// What the mails about subscriptions, wallets and credits say where facts are missing, or numbers ask for other words.
@Suite struct SubscriptionMailTests {
    private static let renderer = Result { try NoticeRenderer(brand: Brand(name: "Example")) }
    private static let link = "https://billing.example.com"

    private func rendered(_ notice: Notice, _ locale: NoticeLocale = .en) throws -> RenderedNotice {
        try Self.renderer.get().render(notice, locale: locale, unsubscribeURL: nil)
    }

    private func money(_ cents: Int64) throws -> Amount {
        Amount(minorUnits: cents, currency: try #require(Currency("EUR")))
    }

    private func expiring(_ credits: Notice.Balance, in milliseconds: Int64) -> Notice {
        .creditsExpiring(
            .init(
                customerName: nil,
                credits: credits,
                expiresAt: 1_795_356_300_000 + milliseconds,
                now: 1_795_356_300_000,
                billingURL: Self.link
            )
        )
    }

    @Test(
        arguments: [
            (NoticeLocale.en, 100_000, "1 credit will expire on"), (.en, 200_000, "2 credits will expire on"),
            (.fr, 150_000, "1,5 crédit expire le"), (.fr, 200_000, "2 crédits expirent le"),
            (.de, 100_000, "1 Credit läuft am"), (.de, 150_000, "1,5 Credits laufen am"),
            (.es, 100_000, "1 crédito caduca el"), (.es, 150_000, "1,5 créditos caducan el"),
        ]
    )
    func `the verb agrees with the credits that expire`(locale: NoticeLocale, units: Int, subject: String) throws {
        let notice = self.expiring(.credits(FixedDecimal(units: Int64(units))), in: 7 * 86_400_000)
        let plain = try self.rendered(notice, locale).subject.replacing("\u{A0}", with: " ")
        #expect(plain.hasPrefix(subject), "\(plain)")
    }

    @Test func `money that expires is told as money`() throws {
        let mail = try self.rendered(self.expiring(.money(self.money(450)), in: 7 * 86_400_000), .fr)
        #expect(mail.subject.replacing("\u{A0}", with: " ").hasPrefix("4,50 € expirent le 29 novembre 2026"))
        #expect(!mail.text.contains("soit"))
    }

    @Test func `no time is left once credits have expired`() throws {
        let before = self.expiring(.credits(FixedDecimal(units: 1)), in: 1)
        #expect(try self.rendered(before).text.contains("Time left"))
        let late = self.expiring(.credits(FixedDecimal(units: 1)), in: 0)
        #expect(try !self.rendered(late).text.contains("Time left"))
    }

    private func closed(_ left: Notice.Balance?) throws -> String {
        try self.rendered(.walletTerminated(.init(customerName: nil, left: left, billingURL: Self.link))).text
    }

    @Test func `a wallet that was closed says what is lost, if that is known`() throws {
        let full = try self.closed(.both(FixedDecimal(units: 450_000), self.money(450)))
        #expect(full.contains("The balance that was left in it can no longer be used."))
        #expect(full.contains("Balance left: 4.5\u{A0}credits (worth €4.50)"))
        let unknown = try self.closed(nil)
        #expect(unknown.contains("Any balance that was left") && !unknown.contains("Balance left"))
    }

    @Test func `a wallet that was closed empty worries nobody`() throws {
        for left in [Notice.Balance.credits(FixedDecimal(units: 0)), .credits(FixedDecimal(units: -100_000))] {
            let text = try self.closed(left)
            #expect(text.contains("Nothing was left in it."))
            #expect(!text.contains("Balance left") && !text.contains("get in touch") && !text.contains("no longer"))
        }
    }

    @Test(arguments: NoticeLocale.allCases)
    func `a plan without a name is left out of sentences`(locale: NoticeLocale) throws {
        let subscription = Notice.Subscription(customerName: nil, planName: " \n", billingURL: Self.link)
        let notices: [Notice] = [
            .subscriptionStarted(.init(subscription: subscription)),
            .subscriptionEnding(.init(subscription: subscription, endsAt: 0)),
            .subscriptionEnded(.init(subscription: subscription)),
            .trialEnded(.init(subscription: subscription)),
            .usageThresholdReached(.init(subscription: subscription, threshold: try self.money(10_000))),
        ]
        for notice in notices {
            let mail = try self.rendered(notice, locale)
            for part in [mail.subject, mail.text, mail.html] {
                #expect(!part.contains { "“”«»„".contains($0) }, "\(part)")
            }
        }
    }

    @Test func `a subscription that is followed by another has changed, and no final invoice is spoken of`() throws {
        let subscription = Notice.Subscription(customerName: nil, planName: "<b>Pro</b>", billingURL: Self.link)
        let ended = Notice.SubscriptionEnded(subscription: subscription, nextPlanName: "Enterprise\r\nBcc: x@y.test")
        let mail = try self.rendered(.subscriptionEnded(ended))
        #expect(mail.subject == "Your subscription changes to “Enterprise Bcc: x@y.test”")
        #expect(mail.text.contains("“<b>Pro</b>” has ended. It is followed by “Enterprise Bcc: x@y.test”."))
        #expect(!mail.text.contains("invoice") && mail.html.contains("&lt;b&gt;Pro") && !mail.html.contains("<b>"))
    }

    @Test func `a trial is spoken of only where there is one`() throws {
        let subscription = Notice.Subscription(customerName: nil, planName: "Pro", billingURL: Self.link)
        let plain = try self.rendered(.subscriptionStarted(.init(subscription: subscription, startedAt: 0)))
        #expect(!plain.text.contains("rial") && plain.text.contains("January\u{A0}1, 1970"))
        let trial = Notice.SubscriptionStarted(subscription: subscription, trialEndsAt: 86_400_000)
        #expect(try self.rendered(.subscriptionStarted(trial)).text.contains("runs until January\u{A0}2, 1970."))
    }
}
