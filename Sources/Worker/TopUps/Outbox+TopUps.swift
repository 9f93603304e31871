private import LagoEvents
internal import Store

extension Outbox {
    /// Nothing more is charged before somebody resumes.
    func topUpsPaused(_ last: TopUp, failures: Int, fact: String) throws -> [OutgoingMessage] {
        let customer = last.customer.rawValue
        return try self.alert(
            AlertArguments(
                title: "Automatic top-ups of \(customer) are paused",
                whatHappened:
                    "\(failures) payments in a row failed for customer \(customer), account \(last.account); the "
                    + "last top-up is \(last.id) (\(last.reason ?? "declined")). Nothing more is charged for the account.",
                whatToDo: "The customer was mailed a link to resume. You can do so, too: "
                    + "sluice top-ups resume '\(customer)'",
                since: last.failures.last?.at
            ),
            fact: "top_ups_paused/\(fact)"
        )
    }

    /// Lago has it, and it is neither paid nor declined.
    func topUpPending(_ topUp: TopUp) throws -> [OutgoingMessage] {
        let customer = topUp.customer.rawValue
        let missing = topUp.invoiceID == nil
        return try self.alert(
            AlertArguments(
                title: "A top-up of \(customer) has been pending for 24 hours",
                whatHappened: "Top-up \(topUp.id) of \(topUp.credits) credits, Lago's transaction "
                    + "\(topUp.transactionID ?? "?"), "
                    + (missing ? "has no invoice yet." : "waits for its invoice \(topUp.invoiceID ?? "?") to be paid.")
                    + " Nothing more is charged for the account meanwhile.",
                whatToDo: missing
                    ? "Lago's job that makes the invoice has perhaps died: look at its workers. Where no invoice will come, "
                        + "sluice top-ups resume '\(customer)' gives the top-up up."
                    : "Look at the invoice's payment at Lago; mark the invoice as paid, or void it.",
                since: topUp.created.at
            ),
            fact: "top_up_pending/\(topUp.id)"
        )
    }

    /// Somebody bought credits at Lago itself, and they are neither paid nor declined.
    func foreignPending(transaction id: String, credits: String, of customer: String, since: Int64) throws
        -> [OutgoingMessage]
    {
        try self.alert(
            AlertArguments(
                title: "A purchase of \(customer) has been pending for 24 hours",
                whatHappened:
                    "Lago's transaction \(id) of \(credits) credits is not paid. It no longer counts as credits "
                    + "that are on their way, so the account may be topped up beside it.",
                whatToDo: "Look at its invoice at Lago: mark it as paid, or void it.",
                since: since
            ),
            fact: "top_up_pending/\(id)"
        )
    }

    /// Nobody knows whether Lago has it.
    func topUpUnknown(_ topUp: TopUp) throws -> [OutgoingMessage] {
        try self.alert(
            AlertArguments(
                title: "It is not known whether a top-up of \(topUp.customer.rawValue) was made",
                whatHappened:
                    "The answer to top-up \(topUp.id) of \(topUp.credits) credits was lost, and Lago has not said "
                    + "for 15 minutes whether it has it. Nothing is charged twice: nothing is sent before Lago has.",
                whatToDo: "See that Lago answers: Sluice finds the rest out by itself.",
                since: topUp.updatedAt
            ),
            fact: "top_up_unknown/\(topUp.id)/\(topUp.updatedAt)"
        )
    }

    /// Top-ups were found at Lago that this file does not know.
    func topUpsAdopted(_ ids: [String], of customer: String, at now: Int64) throws -> [OutgoingMessage] {
        try self.alert(
            AlertArguments(
                title: "Top-ups of \(customer) were found at Lago",
                whatHappened: "\(ids.count == 1 ? "A top-up carries" : "\(ids.count) top-ups carry") Sluice's mark and "
                    + "\(ids.count == 1 ? "was" : "were") not in its file, which was perhaps restored: "
                    + "\(ids.prefix(10).joined(separator: ", ")). They count toward the limits now.",
                whatToDo:
                    "Where several of an account are open, nothing is charged before all but one are paid or voided "
                    + "at Lago.",
                since: now
            ),
            fact: "top_ups_adopted/\(customer)/\(ids.sorted().first ?? "")"
        )
    }

    /// Lago does not take the key for purchases.
    func topUpsRefused(at now: Int64) throws -> [OutgoingMessage] {
        try self.alert(
            AlertArguments(
                title: "Lago takes no top-ups with this key",
                whatHappened: "Lago answered 401 or 403 to a top-up. All automatic top-ups wait; one is tried every 15 "
                    + "minutes.",
                whatToDo:
                    "Give LAGO_API_KEY the right to write wallet transactions, or set a valid key and start Sluice "
                    + "again.",
                since: now
            ),
            fact: "top_ups_refused/\(now / 86_400_000)"
        )
    }
}
