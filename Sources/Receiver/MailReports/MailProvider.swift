/// Whose reports of bounces and complaints are understood; the last part of `POST /webhooks/mail/{provider}`.
enum MailProvider: String, CaseIterable, Sendable {
    /// Amazon SES, by way of an SNS topic.
    case ses
    case postmark
    case mailgun
    case sendgrid
    case resend

    /// What a request of this provider's says.
    ///
    /// - Throws: `UnreadableReport` for what is not of the provider's shape.
    func news(in body: [UInt8]) throws(UnreadableReport) -> MailNews {
        switch self {
        case .ses: try SESReports.news(in: body)
        case .postmark: .reports(try PostmarkReports.reports(in: body))
        case .mailgun: .reports(try MailgunReports.reports(in: body))
        case .sendgrid: .reports(try SendGridReports.reports(in: body))
        case .resend: .reports(try ResendReports.reports(in: body))
        }
    }
}

/// What a request of a mail provider's asks for.
enum MailNews: Hashable, Sendable {
    /// Empty for news of another kind, as of mails that were opened.
    case reports([MailReport])
    /// SNS wants to hear that its messages are welcome: by a GET of this URL, which is one of Amazon's.
    case subscription(url: String)
}

/// The body is none that its provider sends.
struct UnreadableReport: Error, CustomStringConvertible {
    /// Repeats nothing of the body.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
