/// Mailgun: `signature` and, beside it, `event-data`. Only the former's own timestamp and token are signed.
enum MailgunReports {
    struct Signature: Decodable {
        /// Unix seconds.
        let timestamp: String
        let token: String
        /// HMAC-SHA256 of timestamp and token, one after the other, in hexadecimal.
        let signature: String
    }

    private struct Signed: Decodable {
        let signature: Signature
    }

    private struct Delivery: Decodable {
        struct Event: Decodable {
            struct Status: Decodable {
                let description: String?
                let message: String?
            }

            let event: String
            let severity: String?
            let recipient: String?
            let reason: String?
            let status: Lenient<Status>?

            enum CodingKeys: String, CodingKey {
                case event, severity, recipient, reason, status = "delivery-status"
            }
        }

        let event: Event

        enum CodingKeys: String, CodingKey {
            case event = "event-data"
        }
    }

    /// What the body says that it is signed with; nil where it says nothing.
    static func signature(in body: [UInt8]) -> Signature? {
        try? ReportJSON.decode(Signed.self, from: body).signature
    }

    static func reports(in body: [UInt8]) throws(UnreadableReport) -> [MailReport] {
        let event = try ReportJSON.decode(Delivery.self, from: body).event
        let kind: MailReport.Kind
        switch (event.event, event.severity) {
        case ("failed", "permanent"): kind = .bounced
        case ("failed", _): kind = .soft
        case ("complained", _): kind = .complained
        default: return []
        }
        let status = event.status?.value
        let said = [status?.message, status?.description].first { $0?.isEmpty == false } ?? nil
        return MailReport(kind, to: event.recipient, words: [event.reason, said]).map { [$0] } ?? []
    }
}
