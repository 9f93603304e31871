import Mail
import Settings

/// A mail with everything in it.
func sampleMail(
    to: String = "ada@example.test",
    key: String = "row-1",
    change: (inout MailMessage) -> Void = { _ in }
) throws -> MailMessage {
    var message = MailMessage(
        id: try MessageID.make(key, domain: "billing.test"),
        kind: "low_balance",
        date: 1_795_356_300_123,
        from: try Mailbox("Example Billing <billing@billing.test>"),
        to: Mailbox(address: try MailAddress(to)),
        subject: "Your balance is low",
        text: "Hello,\n\n.dot\n..dots\nFrom here\n",
        html: "<p>Hello</p>\n"
    )
    change(&message)
    return message
}
