package import Foundation
private import LagoAPI
package import LagoEvents
private import Money
package import Notices

/// The mail that a stored event tells of, made from the event alone: for people who want to see it. What Lago would be
/// asked for when it is sent is made up.
package enum EventPreview {
    /// Why there is nothing to see.
    package struct Nothing: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - link: stands for every link.
    ///   - now: Unix milliseconds.
    /// - Throws: `Nothing`.
    package static func notice(of body: [UInt8], link: String, now: Int64) throws -> Notice {
        guard let type = Envelope(body: body)?.webhookType else { throw Nothing(description: "it is no webhook") }
        let rule = WebhookRule(type)
        if case .nobody(let reason) = rule { throw Nothing(description: "\(type.rawValue) mails nobody: \(reason)") }
        if case .operators(let title) = rule {
            let words = LagoTrouble(webhook: body).map(Announcer.words(for:)) ?? type.rawValue
            return .operatorAlert(Notice.OperatorAlert(title: title, whatHappened: words, since: now, link: link))
        }
        guard let payload = LagoPayload(webhook: body) else { throw Nothing(description: "its object cannot be read") }
        let facts = Fact.told(by: type, payload, receivedAt: now)
        guard let announcement = facts.lazy.compactMap({ Announcement($0, event: 0, at: now) }).first else {
            throw Nothing(description: "its object has nothing to tell: it is not in a state that is mailed")
        }
        let person = LagoPayload.customer(in: body)
        let words = BillingWords(customerName: person?.name, billingURL: link, now: now)
        guard let notice = Self.notice(announcement.kind, payload, words, link) else {
            throw Nothing(description: "the event alone does not say enough: Lago is asked for the rest")
        }
        return notice
    }

    private static func notice(
        _ kind: MessageKind,
        _ payload: LagoPayload,
        _ words: BillingWords,
        _ link: String
    ) -> Notice? {
        let (document, payment) = (Notice.Document.link(link), Notice.Payment(url: link))
        switch payload {
        case .invoice(let invoice) where invoice.kind != LagoInvoice.Kind.credit.rawValue:
            switch kind {
            case .invoiceIssued: return words.issued(invoice, document, invoice.isPaid ? .settled : .due(payment))
            case .paymentReceived: return words.received(invoice, document)
            case .paymentFailed: return words.failed(invoice, document, detail: nil, payment)
            case .paymentOverdue: return words.overdue(invoice, document, reminder: 0, payment)
            default: return words.voided(invoice)
            }
        case .creditNote(let note): return words.issued(note, document)
        case .subscription(let subscription):
            let name = subscription.shownName(nil)
            return SubscriptionArguments.of(subscription, kind, planName: name, customerName: words.customerName)
                .flatMap { words.subscription(kind, $0.arguments) }
        case .wallet(let wallet):
            return words.terminated(WalletArguments(wallet, customerName: words.customerName, expiresAt: nil))
        default: return nil
        }
    }
}
