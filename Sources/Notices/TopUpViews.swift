private import Money

/// What every mail about a top-up shows of it.
struct TopUpView {
    let customer: String?
    let credits: String
    let amount: String
    let isAutomatic: Bool
    let invoice: String?

    init(_ topUp: Notice.TopUp, format: NoticeFormat) {
        self.customer = CleanText.line(topUp.customerName)
        self.credits = format.credits(topUp.credits)
        self.amount = format.amount(topUp.amount)
        self.isAutomatic = topUp.isAutomatic
        self.invoice = CleanText.line(topUp.invoiceNumber)
    }
}

/// How to pay, in a mail.
struct PaymentView {
    let link: String?
    let hasInstructions: Bool
    let instructions: [String]

    init(_ payment: Notice.Payment) {
        self.link = payment.url
        self.instructions = payment.url == nil ? payment.instructions.compactMap { CleanText.line($0, limit: 500) } : []
        self.hasInstructions = !self.instructions.isEmpty
    }
}

/// `top_up_succeeded`.
struct TopUpSucceededView {
    let frame: FrameView
    let topUp: TopUpView
    let balance: String?
    let worth: String?
    let invoiceLink: String?
    let isAttached: Bool
    let link: String

    init(_ notice: Notice.TopUpSucceeded, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.topUp = TopUpView(notice.topUp, format: format)
        let balance = notice.balance.map { format.balance($0) }
        (self.balance, self.worth) = (balance?.shown, balance?.worth)
        self.invoiceLink = notice.invoiceURL
        self.isAttached = notice.isInvoiceAttached
        self.link = notice.topUp.billingURL
    }
}

/// `top_up_failed`.
struct TopUpFailedView {
    let frame: FrameView
    let topUp: TopUpView
    let payment: PaymentView
    let isDeclined: Bool
    let detail: String?
    let nextAttempt: String?
    let link: String

    init(_ notice: Notice.TopUpFailed, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.topUp = TopUpView(notice.topUp, format: format)
        self.isDeclined = notice.cause == .declined
        // What Lago refused has no invoice: there is nothing to pay.
        let payment = self.isDeclined ? notice.payment : Notice.Payment(url: nil)
        self.payment = PaymentView(payment)
        self.detail = CleanText.line(notice.detail, limit: 300)
        self.nextAttempt = notice.nextAttemptAt.map { format.dateTime($0, zone: notice.topUp.zone) }
        self.link = payment.url ?? notice.topUp.billingURL
    }
}

/// `top_up_action_required`.
struct TopUpActionRequiredView {
    let frame: FrameView
    let topUp: TopUpView
    let isConfirmation: Bool
    let payment: PaymentView
    let invoiceLink: String?
    let isAttached: Bool
    let link: String

    init(_ notice: Notice.TopUpActionRequired, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.topUp = TopUpView(notice.topUp, format: format)
        self.isConfirmation = notice.cause == .confirmation
        self.payment = PaymentView(notice.payment)
        (self.invoiceLink, self.isAttached) = (notice.invoiceURL, notice.isInvoiceAttached)
        self.link = notice.payment.url ?? notice.topUp.billingURL
    }
}

/// `top_up_paused`.
struct TopUpPausedView {
    let frame: FrameView
    let topUp: TopUpView
    let payment: PaymentView
    let failures: String
    /// Resumes.
    let link: String

    init(_ notice: Notice.TopUpPaused, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.topUp = TopUpView(notice.topUp, format: format)
        self.payment = PaymentView(notice.payment)
        self.failures = "\(notice.failures)"
        self.link = notice.resumeURL
    }
}

/// `top_up_limit`.
struct TopUpLimitView {
    let frame: FrameView
    let customer: String?
    let isReached: Bool
    /// `80%`.
    let share: String
    let limit: String
    let used: String
    let ends: String
    let link: String

    init(_ notice: Notice.TopUpLimit, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.isReached = notice.percent >= 100
        self.share = format.percent(FixedDecimal(units: Int64(notice.percent) * 100_000))
        (self.limit, self.used) =
            switch notice.limit {
            case .perMonth(let used, let limit): (format.aMonth(format.amount(limit)), format.amount(used))
            case .perDay(let used, let limit): (format.aDay(format.countedTopUps(limit)), format.countedTopUps(used))
            }
        self.ends = format.dateTime(notice.endsAt, zone: notice.zone)
        self.link = notice.billingURL
    }
}

extension NoticeFormat {
    fileprivate func countedTopUps(_ count: Int) -> String {
        count == 1
            ? self.say("1 top-up", "1 recharge", "1 Aufladung", "1 recarga")
            : self.say("\(count) top-ups", "\(count) recharges", "\(count) Aufladungen", "\(count) recargas")
    }

    fileprivate func aMonth(_ words: String) -> String {
        self.say("\(words) a month", "\(words) par mois", "\(words) im Monat", "\(words) al mes")
    }

    fileprivate func aDay(_ words: String) -> String {
        self.say("\(words) a day", "\(words) par jour", "\(words) am Tag", "\(words) al día")
    }
}
