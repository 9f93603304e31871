private import Money

/// What every mail about a subscription shows of it.
struct SubscriptionView {
    let customer: String?
    /// As it stands within a sentence; nil where there is no name.
    let plan: String?
    /// As it stands in a list.
    let name: String

    init(_ subscription: Notice.Subscription) {
        self.customer = CleanText.line(subscription.customerName)
        self.plan = CleanText.line(subscription.planName)
        self.name = self.plan ?? "-"
    }
}

/// `subscription_started`.
struct SubscriptionStartedView {
    let frame: FrameView
    let subscription: SubscriptionView
    let started: String?
    /// For a sentence; `trialEnds` has the time of day as well.
    let trialDay: String?
    let trialEnds: String?
    let link: String

    init(_ notice: Notice.SubscriptionStarted, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.subscription = SubscriptionView(notice.subscription)
        self.started = notice.startedAt.map { format.dateTime($0) }
        self.trialDay = notice.trialEndsAt.map { format.date($0) }
        self.trialEnds = notice.trialEndsAt.map { format.dateTime($0) }
        self.link = notice.subscription.billingURL
    }
}

/// `subscription_ending`.
struct SubscriptionEndingView {
    let frame: FrameView
    let subscription: SubscriptionView
    /// For sentences; `ends` has the time of day as well.
    let day: String
    let ends: String
    let link: String

    init(_ notice: Notice.SubscriptionEnding, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.subscription = SubscriptionView(notice.subscription)
        self.day = format.date(notice.endsAt)
        self.ends = format.dateTime(notice.endsAt)
        self.link = notice.subscription.billingURL
    }
}

/// `subscription_ended`.
struct SubscriptionEndedView {
    let frame: FrameView
    let subscription: SubscriptionView
    let ended: String?
    /// The plan that follows.
    let next: String?
    let link: String

    init(_ notice: Notice.SubscriptionEnded, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.subscription = SubscriptionView(notice.subscription)
        self.ended = notice.endedAt.map { format.dateTime($0) }
        self.next = CleanText.line(notice.nextPlanName)
        self.link = notice.subscription.billingURL
    }
}

/// `trial_ended`.
struct TrialEndedView {
    let frame: FrameView
    let subscription: SubscriptionView
    let ended: String?
    let link: String

    init(_ notice: Notice.TrialEnded, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.subscription = SubscriptionView(notice.subscription)
        self.ended = notice.endedAt.map { format.dateTime($0) }
        self.link = notice.subscription.billingURL
    }
}

/// `usage_threshold_reached`.
struct UsageThresholdReachedView {
    let frame: FrameView
    let subscription: SubscriptionView
    let threshold: String
    /// The threshold's name.
    let level: String?
    let used: String?
    let link: String

    init(_ notice: Notice.UsageThresholdReached, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.subscription = SubscriptionView(notice.subscription)
        self.threshold = format.amount(notice.threshold)
        self.level = CleanText.line(notice.thresholdName)
        self.used = notice.used.map { format.amount($0) }
        self.link = notice.subscription.billingURL
    }
}

/// `wallet_terminated`.
struct WalletTerminatedView {
    let frame: FrameView
    let customer: String?
    /// Its name.
    let wallet: String?
    /// nil where nothing was left, or nobody knows.
    let left: String?
    let worth: String?
    let isEmpty: Bool
    let isUnknown: Bool
    /// Whether there is a name or a balance to list.
    let hasDetails: Bool
    let link: String

    init(_ notice: Notice.WalletTerminated, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        self.wallet = CleanText.line(notice.walletName)
        self.isUnknown = notice.left == nil
        self.isEmpty = notice.left?.isUsedUp ?? false
        let left = self.isEmpty ? nil : notice.left.map { format.balance($0) }
        (self.left, self.worth) = (left?.shown, left?.worth)
        self.hasDetails = self.wallet != nil || self.left != nil
        self.link = notice.billingURL
    }
}

/// `credits_expiring`.
struct CreditsExpiringView {
    let frame: FrameView
    let customer: String?
    let balance: String
    let worth: String?
    /// Whether a verb that follows `balance` is in the singular.
    let isOne: Bool
    /// For sentences; `expires` has the time of day as well.
    let day: String
    let expires: String
    /// nil once they have expired.
    let timeLeft: String?
    let link: String

    init(_ notice: Notice.CreditsExpiring, frame: FrameView, format: NoticeFormat) {
        self.frame = frame
        self.customer = CleanText.line(notice.customerName)
        (self.balance, self.worth) = format.balance(notice.credits)
        let counted = notice.credits.credits ?? notice.credits.money?.major
        self.isOne = counted.map { format.plural($0) == .one } ?? false
        self.day = format.date(notice.expiresAt)
        self.expires = format.dateTime(notice.expiresAt)
        let left = notice.expiresAt - notice.now
        self.timeLeft = left > 0 ? format.duration(.milliseconds(left)) : nil
        self.link = notice.billingURL
    }
}
