private import Money

/// What every mail about an invoice shows of it.
struct InvoiceView {
    let customer: String?
    let number: String?
    /// `invoice EXA-1`, `your invoice`: as it stands within a sentence.
    let name: String
    /// `Invoice EXA-1`, `Your invoice`: as it stands on its own.
    let title: String
    let total: String
    let due: String?

    init(_ invoice: Notice.Invoice, format: NoticeFormat) {
        let number = CleanText.line(invoice.number)
        self.customer = CleanText.line(invoice.customerName)
        self.number = number
        (self.name, self.title) = format.invoice(number)
        self.total = format.amount(invoice.total)
        self.due = invoice.dueOn.map { format.date($0) }
    }
}

/// The paper that belongs to a mail.
struct FileView {
    let isAttached: Bool
    let link: String?

    init(_ document: Notice.Document) {
        self.isAttached = document == .attached
        self.link = if case .link(let link) = document { link } else { nil }
    }
}

/// `invoice_issued`.
struct InvoiceIssuedView {
    struct Line {
        let name: String
        let amount: String
    }

    /// How an invoice is settled, in the cases that have words of their own.
    private enum Settlement {
        case due, collected, paidByWallet, paidByCredits, paid, free

        init(_ notice: Notice.InvoiceIssued) {
            guard notice.invoice.total.minorUnits > 0 else {
                let isPaidByOthers = notice.otherCredits != nil
                self = isPaidByOthers ? .paidByCredits : notice.paidFromWallet != nil ? .paidByWallet : .free
                return
            }
            switch notice.settlement {
            case .settled: self = .paid
            case .collected: self = .collected
            case .due: self = .due
            }
        }
    }

    let frame: FrameView
    let invoice: InvoiceView
    let hasLines: Bool
    let lines: [Line]
    let more: String?
    /// nil where it would only repeat the total.
    let beforeCredits: String?
    /// Below zero, as it is taken off.
    let paidFromWallet: String?
    /// Below zero, as it is taken off.
    let otherCredits: String?
    let isZero: Bool
    let isDue: Bool
    let isCollected: Bool
    let isPaidByWallet: Bool
    let isPaidByCredits: Bool
    let isPaid: Bool
    let isFree: Bool
    /// The day, where the customer is to pay.
    let due: String?
    let payment: PaymentView
    let file: FileView
    let link: String

    init(_ notice: Notice.InvoiceIssued, frame: FrameView, format: NoticeFormat) {
        let settlement = Settlement(notice)
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.lines = notice.lines.prefix(10).map {
            Line(name: CleanText.line($0.name, limit: 80) ?? format.namelessLine, amount: format.amount($0.amount))
        }
        self.hasLines = !self.lines.isEmpty
        let more = notice.moreLines + notice.lines.dropFirst(10).count
        self.more = more > 0 ? format.moreLines(more) : nil
        let hasCredits = notice.paidFromWallet != nil || notice.otherCredits != nil
        self.beforeCredits = hasCredits || self.hasLines ? format.amount(notice.beforeCredits) : nil
        self.paidFromWallet = notice.paidFromWallet.map { format.amount($0.takenOff) }
        self.otherCredits = notice.otherCredits.map { format.amount($0.takenOff) }
        self.isZero = notice.invoice.total.minorUnits <= 0
        self.isDue = settlement == .due
        self.isCollected = settlement == .collected
        self.isPaidByWallet = settlement == .paidByWallet
        self.isPaidByCredits = settlement == .paidByCredits
        self.isPaid = settlement == .paid
        self.isFree = settlement == .free
        self.due = self.isDue ? self.invoice.due : nil
        let payment =
            if case .due(let payment) = notice.settlement, !self.isZero { payment } else { Notice.Payment?.none }
        self.payment = PaymentView(payment ?? Notice.Payment(url: nil))
        self.file = FileView(notice.invoice.document)
        self.link = payment?.url ?? notice.invoice.billingURL
    }
}

/// `payment_received`.
struct PaymentReceivedView {
    let frame: FrameView
    let invoice: InvoiceView
    let amount: String
    /// What the invoice came to, where the payment was another sum.
    let total: String?
    let file: FileView
    let link: String

    init(_ notice: Notice.PaymentReceived, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.amount = format.amount(notice.amount)
        self.total = notice.amount == notice.invoice.total ? nil : self.invoice.total
        self.file = FileView(notice.invoice.document)
        self.link = notice.invoice.billingURL
    }
}

/// `payment_failed`.
struct PaymentFailedView {
    let frame: FrameView
    let invoice: InvoiceView
    /// Why, in the reader's language; nil where the provider's words tell nothing that we know.
    let reason: String?
    /// The provider's own words.
    let detail: String?
    let payment: PaymentView
    let file: FileView
    let link: String

    init(_ notice: Notice.PaymentFailed, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.detail = CleanText.line(notice.detail, limit: 300)
        self.reason = self.detail.flatMap(DeclineReason.init(words:)).map { format.words($0) }
        self.payment = PaymentView(notice.payment)
        self.file = FileView(notice.invoice.document)
        self.link = notice.payment.url ?? notice.invoice.billingURL
    }
}

/// `payment_action_required`.
struct PaymentActionRequiredView {
    let frame: FrameView
    let invoice: InvoiceView
    let payment: PaymentView
    let file: FileView
    let link: String

    init(_ notice: Notice.PaymentActionRequired, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.payment = PaymentView(notice.payment)
        self.file = FileView(notice.invoice.document)
        self.link = notice.payment.url ?? notice.invoice.billingURL
    }
}

/// `payment_overdue`.
struct PaymentOverdueView {
    let frame: FrameView
    let invoice: InvoiceView
    /// The first notice.
    let isGentle: Bool
    /// A reminder after which others come.
    let isFirm: Bool
    /// After it none comes.
    let isLast: Bool
    /// What is still to be paid.
    let amount: String
    /// What the invoice came to, where part of it is paid.
    let total: String?
    /// `7 days`, in the form that the templates' sentences ask for.
    let late: String
    let payment: PaymentView
    let file: FileView
    let link: String

    init(_ notice: Notice.PaymentOverdue, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.isGentle = notice.reminder <= 0
        self.isLast = notice.reminder >= 3
        self.isFirm = !self.isGentle && !self.isLast
        self.amount = format.amount(notice.due)
        self.total = notice.due == notice.invoice.total ? nil : self.invoice.total
        self.late = format.daysLate(max(notice.daysLate, 1))
        self.payment = PaymentView(notice.payment)
        self.file = FileView(notice.invoice.document)
        self.link = notice.payment.url ?? notice.invoice.billingURL
    }
}

/// `invoice_voided`.
struct InvoiceVoidedView {
    let frame: FrameView
    let invoice: InvoiceView
    let file: FileView
    let link: String

    init(_ notice: Notice.InvoiceVoided, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.invoice = InvoiceView(notice.invoice, format: format)
        self.file = FileView(notice.invoice.document)
        self.link = notice.invoice.billingURL
    }
}

/// `credit_note_issued`.
struct CreditNoteIssuedView {
    let frame: FrameView
    let customer: String?
    /// `Credit note EXA-1-CN1`, `Your credit note`.
    let title: String
    let invoiceNumber: String?
    let total: String
    let credit: String?
    let refund: String?
    let file: FileView
    let link: String

    init(_ notice: Notice.CreditNoteIssued, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.title = format.creditNote(CleanText.line(notice.number))
        self.invoiceNumber = CleanText.line(notice.invoiceNumber)
        self.total = format.amount(notice.total)
        self.credit = notice.credit.map { format.amount($0) }
        self.refund = notice.refund.map { format.amount($0) }
        self.file = FileView(notice.document)
        self.link = notice.billingURL
    }
}

extension Amount {
    /// The same below zero.
    fileprivate var takenOff: Amount { Amount(minorUnits: 0 &- self.minorUnits, currency: self.currency) }
}
