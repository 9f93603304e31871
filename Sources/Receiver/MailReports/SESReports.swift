/// Amazon SES, by way of an SNS topic: notifications of identities and events of configuration sets.
///
/// - Shape: SNS's envelope, whose `Message` is SES's JSON as a text; or, with raw delivery, that JSON itself.
enum SESReports {
    private struct Envelope: Decodable {
        let type: String?
        let message: String?
        let subscribeURL: String?

        private enum CodingKeys: String, CodingKey {
            case type = "Type", message = "Message", subscribeURL = "SubscribeURL"
        }
    }

    private struct Event: Decodable {
        struct Bounce: Decodable {
            let bounceType: String?
            let bounceSubType: String?
            let bouncedRecipients: [Recipient]?
        }

        struct Complaint: Decodable {
            let complaintFeedbackType: String?
            let complainedRecipients: [Recipient]?
        }

        struct Recipient: Decodable {
            let emailAddress: String?
            let status: String?
            let diagnosticCode: String?
        }

        let notificationType: String?
        let eventType: String?
        let bounce: Bounce?
        let complaint: Complaint?

        var kind: String? { self.notificationType ?? self.eventType }
    }

    static func news(in body: [UInt8]) throws(UnreadableReport) -> MailNews {
        let envelope = try ReportJSON.decode(Envelope.self, from: body)
        switch envelope.type {
        case "Notification":
            guard let message = envelope.message else { throw UnreadableReport("the notification has no Message") }
            // A topic carries other texts, too: SES tells it in plain words that it has been set up.
            let event = try? ReportJSON.decode(Event.self, from: Array(message.utf8))
            return .reports(event.map(Self.reports) ?? [])
        case "SubscriptionConfirmation":
            guard let url = envelope.subscribeURL, Self.isConfirmation(url) else {
                throw UnreadableReport("the SubscribeURL is not one of Amazon SNS")
            }
            return .subscription(url: url)
        case "UnsubscribeConfirmation":
            return .reports([])
        case nil:
            let event = try ReportJSON.decode(Event.self, from: body)
            guard event.kind != nil else { throw UnreadableReport("this is no message of SNS or SES") }
            return .reports(Self.reports(event))
        default:
            throw UnreadableReport("SNS has no messages of this Type")
        }
    }

    private static func reports(_ event: Event) -> [MailReport] {
        switch event.kind {
        case "Bounce":
            let kind: MailReport.Kind = event.bounce?.bounceType == "Permanent" ? .bounced : .soft
            return (event.bounce?.bouncedRecipients ?? []).compactMap { recipient in
                let words = recipient.diagnosticCode ?? recipient.status
                return MailReport(kind, to: recipient.emailAddress, words: [event.bounce?.bounceSubType, words])
            }
        case "Complaint":
            // `not-spam` is said of a mail that is taken out of the spam folder.
            guard event.complaint?.complaintFeedbackType != "not-spam" else { return [] }
            return (event.complaint?.complainedRecipients ?? []).compactMap { recipient in
                MailReport(.complained, to: recipient.emailAddress, words: [event.complaint?.complaintFeedbackType])
            }
        default:
            return []
        }
    }

    /// Whether a URL is SNS's own way to confirm a subscription, in a region that looks like one: a request to it can
    /// do nothing else. The whole text is matched, so that no two readers of URLs can differ on whose host it names.
    static func isConfirmation(_ url: String) -> Bool {
        let whole =
            #/
            https://sns\.[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?/
            \?([A-Za-z0-9._~%:=&+-]*&)?Action=ConfirmSubscription(&[A-Za-z0-9._~%:=&+-]*)?
            /#
        return url.utf8.count <= 2048 && url.wholeMatch(of: whole) != nil
    }
}
