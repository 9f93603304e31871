import Foundation
import Notices
import Testing

/// What digests count, list and link to.
@Suite struct DigestMailTests {
    private static let renderer = Result { try NoticeRenderer(brand: Brand(name: "Example")) }

    private func rendered(_ notice: Notice, _ locale: NoticeLocale = .en) throws -> RenderedNotice {
        try Self.renderer.get().render(notice, locale: locale, unsubscribeURL: "https://billing.example.com/u/t")
    }

    private func group(_ title: String, count: Int, page: String? = nil) -> Notice.OperatorDigest.Group {
        .init(title: title, count: count, entries: [.init(text: "it broke", at: 0, link: page)])
    }

    @Test(
        arguments: [
            (1, 0, NoticeLocale.en, "1 more message about your account"),
            (1, 1, .en, "2 more messages about your account"),
            (1, 1_233, .en, "1,234 more messages about your account"),
            (1, 0, .fr, "1 autre message concernant votre compte"),
            (2, 1, .fr, "3 autres messages concernant votre compte"),
            (1, 0, .de, "1 weitere Mitteilung zu Ihrem Konto"), (1, 2, .de, "3 weitere Mitteilungen zu Ihrem Konto"),
            (1, 0, .es, "1 aviso más sobre su cuenta"), (2, 0, .es, "2 avisos más sobre su cuenta"),
        ]
    )
    func `a customer's digest counts every mail it stands for`(
        listed: Int,
        more: Int,
        locale: NoticeLocale,
        subject: String
    ) throws {
        let entry = Notice.CustomerDigest.Entry(title: "Your balance is low", at: 0)
        let entries = Array(repeating: entry, count: listed)
        let digest = Notice.CustomerDigest(
            customerName: nil,
            entries: entries,
            more: more,
            billingURL: "https://b.test"
        )
        #expect(try self.rendered(.customerDigest(digest), locale).subject == subject)
    }

    @Test func `times are told in the customer's zone`() throws {
        let digest = Notice.CustomerDigest(
            customerName: nil,
            entries: [.init(title: "Low", at: 1_795_356_300_000)],
            zone: try #require(TimeZone(secondsFromGMT: 2 * 3_600)),
            billingURL: "https://b.test"
        )
        #expect(try self.rendered(.customerDigest(digest)).text.contains("2026 at 16:05\u{A0}UTC+2"))
    }

    @Test func `the operator's digest counts what it does not list`() throws {
        let digest = Notice.OperatorDigest(
            groups: [self.group("Mail", count: 3), self.group("Jobs", count: 1)],
            since: 0
        )
        let mail = try self.rendered(.operatorDigest(digest))
        #expect(mail.subject == "[Example] 4 things to look at: Mail, Jobs")
        #expect(mail.text.contains("Mail (3 times)\n") && mail.text.contains("- and 2 times before\n"))
        #expect(mail.text.contains("Jobs (once)\n") && mail.text.ranges(of: "before").count == 1)
    }

    @Test func `the subject names two groups, and marks that there are more`() throws {
        let groups = ["Mail", "Jobs", "Events"].map { self.group($0, count: 1) }
        let mail = try self.rendered(.operatorDigest(.init(groups: groups, since: 0)))
        #expect(mail.subject == "[Example] 3 things to look at: Mail, Jobs, …")
    }

    @Test func `what has no page of its own links nowhere`() throws {
        let all = "https://billing.example.com/admin"
        let groups = [self.group("Mail", count: 1), self.group("Jobs", count: 1, page: "\(all)/jobs/1")]
        let mail = try self.rendered(.operatorDigest(.init(groups: groups, since: 0, link: all)))
        // The button and the one entry; in the text, the line of each.
        #expect(mail.html.ranges(of: "href=\"\(all)\"").count == 1)
        #expect(mail.html.ranges(of: "href=").count == 2)
        #expect(mail.text.ranges(of: all).count == 2)
    }

    @Test func `words of others break out of no digest`() throws {
        let entry = Notice.OperatorDigest.Entry(text: "<script>alert(1)</script>\r\n\r\n-- \nx", at: 0)
        let group = Notice.OperatorDigest.Group(title: "<b>\u{202E}x", count: 1, entries: [entry])
        let mail = try self.rendered(.operatorDigest(.init(groups: [group], since: 0)))
        #expect(!mail.html.contains("<script") && !mail.html.contains("<b>"))
        #expect(mail.subject == "[Example] 1 thing to look at: <b>x")
        #expect(mail.text.contains("  <script>alert(1)</script> -- x\n"))
    }

    @Test func `nobody unsubscribes from the operator's mail, or from a way in`() throws {
        let digest = try self.rendered(.operatorDigest(.init(groups: [self.group("Mail", count: 1)], since: 0)))
        let link = Notice.SignInLink(customerName: nil, url: "https://billing.example.com/s/t", goodFor: .seconds(900))
        let signIn = try self.rendered(.signInLink(link))
        for mail in [digest, signIn] { #expect(!mail.text.contains("/u/t") && !mail.html.contains("/u/t")) }
        #expect(signIn.text.contains("valid for 15\u{A0}minutes.") && signIn.text.contains("/s/t\n"))
    }
}
