internal import LagoAPI
internal import Mail
internal import Notices
internal import Store

/// What a queued mail needs of Lago: files, pages to pay on. What is not there yet is waited for, as long as a mail may
/// wait; then the mail goes without.
struct Paperwork: Sendable {
    /// How long a mail waits for what Lago makes, in milliseconds: an invoice, its file, a link.
    private static let patience: Int64 = 600_000
    /// How long a mail that asks for a payment waits while Lago is away, in milliseconds.
    private static let away: Int64 = 6 * 3_600_000
    /// Lago's words for what nobody can pay any more.
    private static let closedCodes: Set = [
        "wallet_transaction_already_settled", "invalid_invoice_status_or_payment_status",
    ]
    /// The largest file that goes with a mail, in bytes; the link is for the others.
    static let largestFile = 10 << 20
    /// Kept with a message that the mail server found too large with its file.
    static let tooLarge = "too large for the mail server with its file: it goes out with the link"

    let message: Message
    let client: LagoClient
    /// Line by line, for who cannot be given a link.
    let instructions: [String]
    let now: @Sendable () -> Int64

    /// What is missing may be there later: at this time, in Unix milliseconds.
    struct Wait: Error {
        let until: Int64
    }

    /// There is nothing to be said any more, whatever this file says yet.
    struct Closed: Error {
        let reason: String
    }

    /// A file as a mail has it, and as its words name it.
    struct Paper: Sendable {
        var document: Notice.Document
        var attachments: [MailAttachment] = []
    }

    private var age: Int64 { self.now() - self.message.createdAt }
    var isPatient: Bool { self.age < Self.patience }

    /// Comes back in a few seconds, and later on less often: where a webhook says that it is there, sooner.
    var wait: Wait {
        let waits: [(within: Int64, wait: Int64)] = [(15_000, 2_000), (120_000, 10_000), (900_000, 30_000)]
        return Wait(until: self.now() + (waits.first { self.age < $0.within }?.wait ?? 300_000))
    }

    /// The answer of a question to Lago, which a mail cannot do without.
    func needing<Answer: Sendable>(_ ask: () async throws -> Answer) async throws -> Answer {
        do {
            return try await ask()
        } catch let error as LagoError where error.canRetryHelp {
            throw self.wait
        }
    }

    /// A file, or the link to it.
    func paper(
        link: () throws -> String,
        _ read: (_ limit: Int) async throws -> LagoFile
    ) async throws -> Paper {
        if self.message.reason == Self.tooLarge { return Paper(document: .link(try link())) }
        do {
            switch try await read(Self.largestFile) {
            case .ready(let name, let bytes):
                let file = MailAttachment(name: name, type: "application/pdf", bytes: bytes)
                return Paper(document: .attached, attachments: [file])
            case .notYet: if self.isPatient { throw self.wait }
            case .tooLarge: break
            case .never: return Paper(document: .none)
            }
        } catch let error as LagoError {
            if error.canRetryHelp, self.isPatient { throw self.wait }
        }
        return Paper(document: .link(try link()))
    }

    /// How the customer can pay: by Lago's link, else as the operator says.
    func payment(_ ask: () async throws -> String) async throws -> Notice.Payment {
        do {
            return Notice.Payment(url: try await ask())
        } catch let error as LagoError {
            if !error.codes.isDisjoint(with: Self.closedCodes) { throw Closed(reason: "it is paid, or was voided") }
            // Lago makes the invoice in a job of its own.
            let isComing = error.codes.contains("wallet_transaction_has_no_attached_invoice")
            if isComing, self.isPatient { throw self.wait }
            // A mail about a payment is worth little without its link.
            if error.canRetryHelp, self.age < Self.away { throw self.wait }
            return Notice.Payment(url: nil, instructions: self.instructions)
        }
    }
}
