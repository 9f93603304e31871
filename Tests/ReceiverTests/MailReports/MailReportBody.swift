import Foundation

/// Requests of mail providers, in the shapes that they document, with values of our own.
enum MailReportBody {
    static func json(_ value: Any) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    // MARK: - Amazon

    static func sns(_ type: String, message: String, subscribeURL: String? = nil) -> String {
        var envelope = [
            "Type": type, "MessageId": "8a1f0c52-0d4e-5b63-9d1c-51a3c2f7e901", "Message": message,
            "TopicArn": "arn:aws:sns:eu-central-1:111122223333:mail-reports",
            "Timestamp": "2026-11-23T08:00:00.000Z", "SignatureVersion": "1", "Signature": "c2lnbmF0dXJl",
        ]
        envelope["SubscribeURL"] = subscribeURL
        return self.json(envelope)
    }

    static func sesBounce(_ type: String, to addresses: [String], name: String = "notificationType") -> String {
        self.json([
            name: "Bounce",
            "bounce": [
                "bounceType": type, "bounceSubType": "General", "feedbackId": "0107-feedback",
                "reportingMTA": "dns; b5-2.smtp-out.eu-central-1.amazonses.com",
                "bouncedRecipients": addresses.map {
                    [
                        "emailAddress": $0, "action": "failed", "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 no such\r\nmailbox",
                    ]
                },
            ],
            "mail": ["messageId": "0107-mail", "source": "billing@example.com", "destination": addresses],
        ])
    }

    static func sesComplaint(_ address: String, type: String?) -> String {
        var complaint: [String: Any] = [
            "complainedRecipients": [["emailAddress": address]], "feedbackId": "0107-feedback",
        ]
        complaint["complaintFeedbackType"] = type
        return self.json(["notificationType": "Complaint", "complaint": complaint, "mail": ["messageId": "0107-mail"]])
    }

    // MARK: - Postmark

    static func postmark(_ record: String?, type: String, to address: String, inactive: Bool = false) -> String {
        var event: [String: Any] = [
            "Type": type, "TypeCode": 1, "Name": type, "ID": 692_560_173, "Email": address,
            "From": "billing@example.com", "MessageID": "2f1c6c3a-6f0b-4b6f-9d0f-8f4f6d2f7a11", "ServerID": 23,
            "MessageStream": "outbound", "Description": "The mailbox is not there.", "Details": "smtp;550 5.1.1",
            "BouncedAt": "2026-11-23T08:00:00Z", "DumpAvailable": true, "Inactive": inactive, "CanActivate": true,
            "Subject": "Your invoice", "Metadata": ["a": "b"],
        ]
        event["RecordType"] = record
        return self.json(event)
    }

    // MARK: - Mailgun

    static func mailgun(
        _ event: String,
        severity: String? = nil,
        to address: String,
        signature: [String: String] = [:]
    ) -> String {
        var data: [String: Any] = [
            "event": event, "id": "G9Bn5sl1TC6nu79C8C0bwg", "timestamp": 1_763_884_800.25, "recipient": address,
            "reason": "bounce", "log-level": "error",
            "delivery-status": [
                "code": 550, "attempt-no": 1, "message": "5.1.1 nobody of that name", "description": "",
                "session-seconds": 0.43,
            ],
            "message": ["headers": ["message-id": "1@example.com"], "size": 111],
        ]
        data["severity"] = severity
        return self.json(["signature": signature, "event-data": data])
    }

    // MARK: - SendGrid

    static func sendgrid(_ event: String, type: String? = nil, reason: String? = nil, to address: String)
        -> [String: Any]
    {
        var fields: [String: Any] = [
            "email": address, "event": event, "timestamp": 1_763_884_800, "sg_event_id": "ZXZlbnQ",
            "sg_message_id": "14c5d75ce93.dfd.64b469", "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        ]
        fields["type"] = type
        fields["reason"] = reason
        if event == "bounce" { fields["status"] = "5.1.1" }
        return fields
    }

    // MARK: - Resend

    static func resend(_ type: String, bounce: String? = nil, to addresses: [String]) -> String {
        var data: [String: Any] = [
            "created_at": "2026-11-23T08:00:00.000Z", "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "from": "Example <billing@example.com>", "subject": "Your invoice", "to": addresses,
        ]
        if let bounce {
            data["bounce"] = ["type": bounce, "subType": "General", "message": "There is no such mailbox."]
        }
        return self.json(["type": type, "created_at": "2026-11-23T08:00:01.000Z", "data": data])
    }
}
