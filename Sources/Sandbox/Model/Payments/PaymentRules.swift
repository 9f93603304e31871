import Foundation

/// How the simulated payment provider, and Lago's jobs around payments, behave from now on.
struct PaymentRules: Sendable {
    /// What becomes of charges to customers that are not named below.
    var outcome: SandboxConfiguration.Payments
    /// By the operator's id of the customer.
    var outcomes: [String: SandboxConfiguration.Payments] = [:]
    /// How long the provider takes to answer, in seconds.
    var answerDelay: TimeInterval
    /// How long after a purchase Lago's job makes its invoice, in seconds; nil where that job has died.
    var invoiceDelay: TimeInterval?
    /// How long Lago takes to make a PDF, in seconds; nil where it never does.
    var documentDelay: TimeInterval?
    var documentSize = 0

    init(_ configuration: SandboxConfiguration) {
        self.outcome = configuration.payments
        self.answerDelay = configuration.paymentDelay / .seconds(1)
        self.invoiceDelay = configuration.creditInvoiceDelay.map { $0 / .seconds(1) }
        self.documentSize = configuration.documentSize
        self.documentDelay = configuration.documentDelay.map { $0 / .seconds(1) }
    }

    func outcome(for customer: Customer) -> SandboxConfiguration.Payments {
        self.outcomes[customer.externalID] ?? self.outcome
    }
}

/// What Lago and the provider do some time after they were asked.
struct DueJob: Sendable {
    enum Work: Sendable {
        case invoice(transaction: String)
        case answer(payment: String)
        case document(of: String)
    }

    let at: Date
    let work: Work
}

extension SandboxState {
    /// Does a job now, or once its delay is over.
    mutating func run(_ work: DueJob.Work, after delay: TimeInterval, at now: Date) {
        guard delay > 0 else { return self.perform(work, at: now) }
        self.jobs.append(DueJob(at: now.addingTimeInterval(delay), work: work))
    }

    /// Does the jobs whose time has come, in the order in which they fell due.
    mutating func runJobs(at now: Date) {
        while let next = self.jobs.indices.min(by: { self.jobs[$0].at < self.jobs[$1].at }), self.jobs[next].at <= now {
            let job = self.jobs.remove(at: next)
            self.perform(job.work, at: job.at)
        }
    }

    private mutating func perform(_ work: DueJob.Work, at now: Date) {
        switch work {
        case .invoice(let transaction): self.invoicePurchase(transaction, at: now)
        case .answer(let payment): self.answer(payment: payment, at: now)
        case .document(let invoice): self.makeDocument(of: invoice, at: now)
        }
    }
}
