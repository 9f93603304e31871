import Testing

/// A body of a provider's, the suppressions that it leads to, and the kind that it is counted as.
struct MailReportCase: Sendable, CustomTestStringConvertible {
    let provider: String
    let title: String
    let body: String
    let suppressed: [String]
    let counted: String

    var testDescription: String { "\(self.provider): \(self.title)" }

    init(_ provider: String, _ title: String, _ body: String, _ suppressed: [String] = [], as counted: String) {
        (self.provider, self.title, self.body) = (provider, title, body)
        (self.suppressed, self.counted) = (suppressed, counted)
    }

    static let jo = "jo@x.example"
    static let bounced = ["jo@x.example bounced"]
    private static let complained = ["jo@x.example complained"]

    private static var ses: [MailReportCase] {
        func notification(_ message: String) -> String { MailReportBody.sns("Notification", message: message) }
        let two = ["Jo@X.example", "Al <al@x.example>"]
        return [
            MailReportCase(
                "ses",
                "a permanent bounce of two addresses",
                notification(MailReportBody.sesBounce("Permanent", to: two)),
                ["al@x.example bounced", "jo@x.example bounced"],
                as: "bounced"
            ),
            MailReportCase(
                "ses",
                "an event of a configuration set",
                notification(MailReportBody.sesBounce("Permanent", to: [self.jo], name: "eventType")),
                self.bounced,
                as: "bounced"
            ),
            MailReportCase(
                "ses",
                "raw delivery",
                MailReportBody.sesBounce("Permanent", to: [self.jo], name: "eventType"),
                self.bounced,
                as: "bounced"
            ),
            MailReportCase(
                "ses",
                "a transient bounce",
                notification(MailReportBody.sesBounce("Transient", to: [self.jo])),
                as: "soft"
            ),
            MailReportCase(
                "ses",
                "a bounce of an unknown cause",
                notification(MailReportBody.sesBounce("Undetermined", to: [self.jo])),
                as: "soft"
            ),
            MailReportCase(
                "ses",
                "a complaint",
                notification(MailReportBody.sesComplaint(self.jo, type: "abuse")),
                self.complained,
                as: "complained"
            ),
            MailReportCase(
                "ses",
                "a complaint without a type",
                notification(MailReportBody.sesComplaint(self.jo, type: nil)),
                self.complained,
                as: "complained"
            ),
            MailReportCase(
                "ses",
                "a mail that was called no spam",
                notification(MailReportBody.sesComplaint(self.jo, type: "not-spam")),
                as: "ignored"
            ),
            MailReportCase("ses", "a delivery", notification(#"{"notificationType":"Delivery"}"#), as: "ignored"),
            MailReportCase("ses", "a text in plain words", notification("Successfully validated"), as: "ignored"),
            MailReportCase(
                "ses",
                "an unsubscription",
                MailReportBody.sns("UnsubscribeConfirmation", message: "x"),
                as: "ignored"
            ),
        ]
    }

    private static var postmark: [MailReportCase] {
        func bounce(_ type: String, record: String? = "Bounce", inactive: Bool = false) -> String {
            MailReportBody.postmark(record, type: type, to: self.jo, inactive: inactive)
        }
        return ["HardBounce", "BadEmailAddress", "SpamNotification", "ManuallyDeactivated"].map {
            MailReportCase("postmark", $0, bounce($0), self.bounced, as: "bounced")
        }
            + ["SoftBounce", "Transient", "DnsError", "Blocked", "AutoResponder"].map {
                MailReportCase("postmark", $0, bounce($0), as: "soft")
            } + [
                MailReportCase(
                    "postmark",
                    "made inactive",
                    bounce("Blocked", inactive: true),
                    self.bounced,
                    as: "bounced"
                ),
                MailReportCase(
                    "postmark",
                    "no record type",
                    bounce("HardBounce", record: nil),
                    self.bounced,
                    as: "bounced"
                ),
                MailReportCase(
                    "postmark",
                    "a complaint",
                    bounce("SpamComplaint", record: "SpamComplaint"),
                    self.complained,
                    as: "complained"
                ),
                MailReportCase(
                    "postmark",
                    "a bounce that is a complaint",
                    bounce("SpamComplaint"),
                    self.complained,
                    as: "complained"
                ),
                MailReportCase(
                    "postmark",
                    "an opened mail",
                    #"{"RecordType":"Open","Recipient":"jo@x.example"}"#,
                    as: "ignored"
                ),
                MailReportCase(
                    "postmark",
                    "a delivery",
                    #"{"RecordType":"Delivery","Recipient":"jo@x.example"}"#,
                    as: "ignored"
                ),
            ]
    }

    private static var mailgun: [MailReportCase] {
        func body(_ event: String, _ severity: String? = nil) -> String {
            MailReportBody.mailgun(event, severity: severity, to: self.jo)
        }
        return [
            MailReportCase("mailgun", "a permanent failure", body("failed", "permanent"), self.bounced, as: "bounced"),
            MailReportCase("mailgun", "a temporary failure", body("failed", "temporary"), as: "soft"),
            MailReportCase("mailgun", "a failure of no severity", body("failed"), as: "soft"),
            MailReportCase("mailgun", "a complaint", body("complained"), self.complained, as: "complained"),
            MailReportCase("mailgun", "a delivery", body("delivered"), as: "ignored"),
        ]
    }

    private static var sendgrid: [MailReportCase] {
        func one(_ event: String, type: String? = nil, reason: String? = nil) -> String {
            MailReportBody.json([MailReportBody.sendgrid(event, type: type, reason: reason, to: self.jo)])
        }
        let many: [Any] = [
            MailReportBody.sendgrid("delivered", to: "a@x.example"), ["event": 7], "text",
            MailReportBody.sendgrid("bounce", type: "bounce", reason: "550 5.1.1 unknown", to: "b@x.example"),
            MailReportBody.sendgrid("spamreport", to: "c@x.example"),
            MailReportBody.sendgrid("bounce", type: "blocked", reason: "550 listed", to: "d@x.example"),
        ]
        return [
            MailReportCase(
                "sendgrid",
                "many events",
                MailReportBody.json(many),
                ["b@x.example bounced", "c@x.example complained"],
                as: "bounced"
            ),
            MailReportCase("sendgrid", "a bounce", one("bounce", type: "bounce"), self.bounced, as: "bounced"),
            MailReportCase("sendgrid", "a block", one("bounce", type: "blocked"), as: "soft"),
            MailReportCase("sendgrid", "a deferral", one("deferred"), as: "soft"),
            MailReportCase(
                "sendgrid",
                "bounced before",
                one("dropped", reason: "Bounced Address"),
                self.bounced,
                as: "bounced"
            ),
            MailReportCase(
                "sendgrid",
                "complained before",
                one("dropped", reason: "Spam Reporting Address"),
                self.complained,
                as: "complained"
            ),
            MailReportCase(
                "sendgrid",
                "dropped for its content",
                one("dropped", reason: "Spam Content"),
                as: "ignored"
            ),
            MailReportCase("sendgrid", "a spam report", one("spamreport"), self.complained, as: "complained"),
            MailReportCase("sendgrid", "nothing", "[]", as: "ignored"),
        ]
    }

    private static var resend: [MailReportCase] {
        func body(_ type: String, bounce: String? = nil) -> String {
            MailReportBody.resend(type, bounce: bounce, to: [self.jo])
        }
        return [
            MailReportCase(
                "resend",
                "a bounce",
                body("email.bounced", bounce: "Permanent"),
                self.bounced,
                as: "bounced"
            ),
            MailReportCase("resend", "a transient bounce", body("email.bounced", bounce: "Transient"), as: "soft"),
            MailReportCase("resend", "a bounce of an unknown type", body("email.bounced"), as: "soft"),
            MailReportCase("resend", "a delay", body("email.delivery_delayed"), as: "soft"),
            MailReportCase("resend", "a complaint", body("email.complained"), self.complained, as: "complained"),
            MailReportCase("resend", "a click", body("email.clicked"), as: "ignored"),
            MailReportCase("resend", "a contact", #"{"type":"contact.created","data":{"to":7}}"#, as: "ignored"),
        ]
    }

    static var all: [MailReportCase] { self.ses + self.postmark + self.mailgun + self.sendgrid + self.resend }
}
