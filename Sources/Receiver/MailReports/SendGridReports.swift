/// SendGrid: a list of events of all kinds.
enum SendGridReports {
    private struct Event: Decodable {
        let event: String
        let email: String?
        let type: String?
        let reason: String?
        let status: String?
    }

    static func reports(in body: [UInt8]) throws(UnreadableReport) -> [MailReport] {
        try ReportJSON.decode([Lenient<Event>].self, from: body).compactMap(\.value).compactMap { event in
            guard let kind = Self.kind(event) else { return nil }
            return MailReport(kind, to: event.email, words: [event.status, event.reason])
        }
    }

    private static func kind(_ event: Event) -> MailReport.Kind? {
        switch event.event {
        // A blocked mail came back for what it is or where it came from, not for whom it was to.
        case "bounce": event.type ?? "bounce" == "bounce" ? .bounced : .soft
        case "deferred": .soft
        case "spamreport": .complained
        // Mail to these addresses is not even tried any more.
        case "dropped" where event.reason?.lowercased().contains("bounced address") == true: .bounced
        case "dropped" where event.reason?.lowercased().contains("spam reporting address") == true: .complained
        default: nil
        }
    }
}
