internal import Foundation
internal import LagoAPI
internal import LagoEvents
internal import Money
internal import Notices
internal import Store

/// Decides anew about a queued mail on an invoice, a credit note, a subscription or a wallet, and finds what it says: as
/// things stand at Lago now, not as some webhook had them.
struct BillingMail: Sendable {
    /// How long a mail waits for somebody to configure Lago, in milliseconds.
    private static let unconfigured: Int64 = 60_000

    let store: Store
    let looks: Looks?
    /// Line by line, for who cannot be given a link.
    let instructions: [String]
    let billingURL: @Sendable (_ customer: String) -> String
    let now: @Sendable () -> Int64

    /// All that a mail is made from.
    struct Item: Sendable {
        let message: Message
        let kind: MessageKind
        let customer: CustomerID
        let links: MailLinks
        let paperwork: Paperwork
        let looks: Looks
        let billingURL: String

        var client: LagoClient { self.paperwork.client }

        func arguments<Arguments: Decodable>(_ type: Arguments.Type = Arguments.self) throws -> Arguments {
            try JSONDecoder().decode(type, from: Data(self.message.arguments.utf8))
        }
    }

    func decide(_ message: Message, _ kind: MessageKind, _ links: MailLinks) async throws -> MailDecision {
        guard let looks = self.looks, let customer = message.customer.map(CustomerID.init(rawValue:)) else {
            return .putOff(until: self.now() + Self.unconfigured)
        }
        guard self.now() - message.createdAt <= Sweep.tooOld else {
            return .end(.superseded, reason: "too_old: it waited for more than 72 hours")
        }
        let paperwork = Paperwork(
            message: message,
            client: looks.reader.client,
            instructions: self.instructions,
            now: self.now
        )
        let item = Item(
            message: message,
            kind: kind,
            customer: customer,
            links: links,
            paperwork: paperwork,
            looks: looks,
            billingURL: self.billingURL(customer.rawValue)
        )
        do {
            return try await self.decide(item)
        } catch let wait as Paperwork.Wait {
            return .putOff(until: wait.until)
        } catch let closed as Paperwork.Closed {
            return .end(.superseded, reason: closed.reason)
        } catch LagoError.notFound {
            return .end(.superseded, reason: "Lago knows it no more")
        }
    }

    func words(_ item: Item, _ customerName: String?) -> BillingWords {
        BillingWords(customerName: customerName, billingURL: item.billingURL, now: self.now())
    }

    private func decide(_ item: Item) async throws -> MailDecision {
        switch item.kind {
        case .invoiceIssued, .paymentReceived, .paymentFailed, .paymentActionRequired, .paymentOverdue, .invoiceVoided:
            try await self.invoice(item)
        case .creditNoteIssued: try await self.creditNote(item)
        case .subscriptionStarted, .subscriptionEnding, .subscriptionEnded, .trialEnded, .usageThresholdReached:
            try await self.subscription(item)
        case .walletTerminated: try self.walletTerminated(item)
        case .creditsExpiring: try await self.creditsExpiring(item)
        case .topUpSucceeded, .topUpFailed, .topUpActionRequired: try await self.purchase(item)
        default: .end(.failed, reason: "this version knows no mails of kind \(item.message.kind)")
        }
    }
}
