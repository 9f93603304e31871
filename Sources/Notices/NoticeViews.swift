private import Money

/// What every template sees beside its own view: `{{frame.brand.name}}`.
struct FrameView {
    struct BrandView {
        let name: String
        let logo: String?
        let color: String
        let textColor: String
        let footer: [String]

        init(_ brand: Brand) {
            self.name = brand.name
            self.logo = brand.logoURL
            self.color = brand.color
            self.textColor = brand.textColor
            self.footer = brand.footer
        }
    }

    let language: String
    let brand: BrandView
    /// The page where the reader unsubscribes; nil for mail that everybody gets.
    let unsubscribeLink: String?
}

/// `low_balance`: every value is text, ready to be shown.
struct LowBalanceView {
    let frame: FrameView
    let customer: String?
    /// Whether nothing is left: the words are others then.
    let isUsedUp: Bool
    /// In credits where they are known, else in money.
    let balance: String
    /// In money, where `balance` is in credits.
    let worth: String?
    let threshold: String
    /// What is left as the threshold counts it: a length of usage for one in time where there is a forecast, else
    /// `balance`.
    let left: String
    /// How long it lasts at the present pace.
    let lasts: String?
    let link: String

    init(_ notice: Notice.LowBalance, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.isUsedUp = notice.balance.isUsedUp
        (self.balance, self.worth) = format.balance(notice.balance)
        self.threshold = format.threshold(notice.threshold)
        let runOut = self.isUsedUp ? nil : notice.runOut
        let length = notice.threshold.isTime ? runOut.flatMap { format.left($0, at: notice.now) } : nil
        self.left = length ?? self.balance
        self.lasts = runOut.flatMap { format.lasting($0, at: notice.now, zone: notice.zone) }
        self.link = notice.billingURL
    }
}

/// `balance_recovered`.
struct BalanceRecoveredView {
    let frame: FrameView
    let customer: String?
    let balance: String
    let worth: String?
    let threshold: String
    let lasts: String?
    let link: String

    init(_ notice: Notice.BalanceRecovered, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        (self.balance, self.worth) = format.balance(notice.balance)
        self.threshold = format.threshold(notice.threshold)
        self.lasts = notice.runOut.flatMap { format.lasting($0, at: notice.now, zone: notice.zone) }
        self.link = notice.billingURL
    }
}

/// `operator_alert`.
struct OperatorAlertView {
    let frame: FrameView
    let title: String
    let whatHappened: String
    let whatToDo: String?
    let since: String?
    let link: String?

    init(_ notice: Notice.OperatorAlert, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.title = CleanText.line(notice.title) ?? "Alert"
        self.whatHappened = CleanText.line(notice.whatHappened, limit: 2000) ?? "-"
        self.whatToDo = CleanText.line(notice.whatToDo, limit: 2000)
        self.since = notice.since.map { format.dateTime($0) }
        self.link = notice.link
    }
}

extension NoticeFormat {
    /// The balance as it is shown first, and its worth where that says more.
    func balance(_ balance: Notice.Balance) -> (shown: String, worth: String?) {
        guard let credits = balance.credits else { return (balance.money.map(self.amount) ?? "-", nil) }
        return (self.credits(credits), balance.money.map(self.amount))
    }

    /// `20 credits`, `$20.00`, `10% of your last top-up`, `3 days of usage`.
    func threshold(_ threshold: Notice.Threshold) -> String {
        switch threshold {
        case .credits(let credits): return self.credits(credits)
        case .money(let amount): return self.amount(amount)
        case .share(let percent):
            let share = self.percent(percent)
            return switch self.locale {
            case .en: "\(share) of your last top-up"
            case .fr: "\(share) de votre dernière recharge"
            case .de: "\(share) Ihrer letzten Aufladung"
            case .es: "\(share) de su última recarga"
            }
        case .timeLeft(let duration): return self.usage(duration)
        }
    }
}
