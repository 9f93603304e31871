import Money
import Notices
import Testing

/// How a mail about a top-up says how to pay.
@Suite struct TopUpMailTests {
    private static let instructions = ["IBAN DE02 1203 0000 0000 2020 51", "<b>Name</b> the invoice\r\nBcc: x@y.test"]

    private func failed(_ cause: Notice.TopUpFailed.Cause, url: String?) throws -> RenderedNotice {
        let topUp = Notice.TopUp(
            customerName: nil,
            credits: FixedDecimal(units: 5_000_000),
            amount: Amount(minorUnits: 5_000, currency: try #require(Currency("EUR"))),
            isAutomatic: true,
            billingURL: "https://billing.example.com"
        )
        let notice = Notice.TopUpFailed(
            topUp: topUp,
            cause: cause,
            payment: .init(url: url, instructions: Self.instructions)
        )
        let renderer = try NoticeRenderer(brand: Brand(name: "Example"))
        return try renderer.render(.topUpFailed(notice), locale: .en, unsubscribeURL: nil)
    }

    @Test func `with a link, the link`() throws {
        let mail = try self.failed(.declined, url: "https://pay.example.com/a?b=1&c=2")
        #expect(mail.text.contains("Pay here:\nhttps://pay.example.com/a?b=1&c=2\n"))
        #expect(mail.html.contains("href=\"https://pay.example.com/a?b=1&amp;c=2\""))
        #expect(!mail.text.contains("IBAN") && !mail.html.contains("IBAN") && !mail.text.contains("View your account"))
    }

    @Test func `without one, the operator's instructions, each on a line of its own`() throws {
        let mail = try self.failed(.declined, url: nil)
        let lines = "How to pay:\nIBAN DE02 1203 0000 0000 2020 51\n<b>Name</b> the invoice Bcc: x@y.test\n"
        #expect(mail.text.contains(lines) && mail.text.contains("View your account:\nhttps://billing.example.com\n"))
        #expect(
            mail.html.contains("How to pay:<br>IBAN DE02 1203 0000 0000 2020 51<br>&lt;b&gt;Name&lt;/b&gt; the invoice")
        )
    }

    @Test func `what was refused is not to be paid`() throws {
        let mail = try self.failed(.refused, url: "https://pay.example.com")
        #expect(!mail.text.contains("pay.example.com") && !mail.text.contains("How to pay"))
        #expect(!mail.html.contains("pay.example.com") && mail.text.contains("View your account"))
    }
}
