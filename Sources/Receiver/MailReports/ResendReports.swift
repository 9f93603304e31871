/// Resend: `type` says what happened, `data` to which mail. A mail of ours has one address.
enum ResendReports {
    private struct Event: Decodable {
        let type: String
    }

    private struct Delivery: Decodable {
        struct Mail: Decodable {
            struct Bounce: Decodable {
                let type: String?
                let subType: String?
                let message: String?
            }

            let to: [String]?
            let bounce: Bounce?
        }

        let data: Mail
    }

    static func reports(in body: [UInt8]) throws(UnreadableReport) -> [MailReport] {
        let type = try ReportJSON.decode(Event.self, from: body).type
        guard ["email.bounced", "email.complained", "email.delivery_delayed"].contains(type) else { return [] }
        let mail = try ReportJSON.decode(Delivery.self, from: body).data
        let kind: MailReport.Kind =
            switch type {
            case "email.complained": .complained
            case "email.bounced": mail.bounce?.type == "Permanent" ? .bounced : .soft
            default: .soft
            }
        return (mail.to ?? []).compactMap {
            MailReport(kind, to: $0, words: [mail.bounce?.subType, mail.bounce?.message])
        }
    }
}
