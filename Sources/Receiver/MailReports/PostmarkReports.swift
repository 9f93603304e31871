/// Postmark: its webhooks of bounces and of spam complaints.
enum PostmarkReports {
    private struct Event: Decodable {
        let recordType: String?
        let type: String?
        let email: String?
        let description: String?
        let details: String?
        let inactive: Bool?

        private enum CodingKeys: String, CodingKey {
            case recordType = "RecordType", type = "Type", email = "Email", description = "Description"
            case details = "Details", inactive = "Inactive"
        }
    }

    /// Types of bounces after which another mail would come back, too.
    private static let hard: Set = ["HardBounce", "BadEmailAddress", "SpamNotification", "ManuallyDeactivated"]

    static func reports(in body: [UInt8]) throws(UnreadableReport) -> [MailReport] {
        let event = try ReportJSON.decode(Event.self, from: body)
        // Bounces of old webhooks have no record type.
        guard let record = event.recordType ?? event.type.map({ _ in "Bounce" }) else {
            throw UnreadableReport("there is no RecordType")
        }
        guard record == "Bounce" || record == "SpamComplaint" else { return [] }
        return MailReport(
            Self.kind(event, record),
            to: event.email,
            words: [event.type, event.description, event.details]
        )
        .map { [$0] } ?? []
    }

    private static func kind(_ event: Event, _ record: String) -> MailReport.Kind {
        if record == "SpamComplaint" || event.type == "SpamComplaint" { return .complained }
        // To an address that it has made inactive, Postmark sends no more.
        return Self.hard.contains(event.type ?? "") || event.inactive == true ? .bounced : .soft
    }
}
