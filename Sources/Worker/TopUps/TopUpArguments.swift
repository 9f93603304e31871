private import Foundation
internal import Notices
internal import Store

/// What a mail about a top-up is made from, as it is kept with the message; the rest is read when it is sent.
struct TopUpArguments: Hashable, Codable, Sendable {
    /// Our id of it; of a mail that says that top-ups are paused, the one that failed last.
    let topUp: String
    let customerName: String?
    /// Why it failed, where the mail says so.
    var failure: Notice.TopUpFailed.Cause?
    /// What the customer is asked for, where the mail does.
    var action: Notice.TopUpActionRequired.Cause?
    /// How many failed in a row, where the mail says so.
    var failures: Int?

    /// Whether a mail is about a top-up of ours, and not about credits that were bought at Lago itself.
    static func areOf(_ message: Message) -> Bool {
        (try? JSONDecoder().decode(TopUpArguments.self, from: Data(message.arguments.utf8))) != nil
    }
}

/// What a mail about a limit is made from.
struct TopUpLimitArguments: Hashable, Codable, Sendable {
    enum Span: String, Hashable, Codable, Sendable {
        case day, month
    }

    /// A currency's code.
    let account: String
    let customerName: String?
    let span: Span
    /// Of a day, top-ups; of a month, the currency's smallest unit as Lago counts it.
    let used: Int64
    let limit: Int64
    let percent: Int
    /// When the next day or month begins, in Unix milliseconds.
    let endsAt: Int64
}
