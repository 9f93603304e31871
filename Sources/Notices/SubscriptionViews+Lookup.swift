private import Mustache

// How templates read the views of subscriptions, wallets and credits.

extension SubscriptionView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "customer": self.customer
        case "plan": self.plan
        case "name": self.name
        default: nil
        }
    }
}

extension SubscriptionStartedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "subscription": self.subscription
        case "started": self.started
        case "trialDay": self.trialDay
        case "trialEnds": self.trialEnds
        case "link": self.link
        default: nil
        }
    }
}

extension SubscriptionEndingView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "subscription": self.subscription
        case "day": self.day
        case "ends": self.ends
        case "link": self.link
        default: nil
        }
    }
}

extension SubscriptionEndedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "subscription": self.subscription
        case "ended": self.ended
        case "next": self.next
        case "link": self.link
        default: nil
        }
    }
}

extension TrialEndedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "subscription": self.subscription
        case "ended": self.ended
        case "link": self.link
        default: nil
        }
    }
}

extension UsageThresholdReachedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "subscription": self.subscription
        case "threshold": self.threshold
        case "level": self.level
        case "used": self.used
        case "link": self.link
        default: nil
        }
    }
}

extension WalletTerminatedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "wallet": self.wallet
        case "left": self.left
        case "worth": self.worth
        case "isEmpty": self.isEmpty
        case "isUnknown": self.isUnknown
        case "hasDetails": self.hasDetails
        case "link": self.link
        default: nil
        }
    }
}

extension CreditsExpiringView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "balance": self.balance
        case "worth": self.worth
        case "isOne": self.isOne
        case "day": self.day
        case "expires": self.expires
        case "timeLeft": self.timeLeft
        case "link": self.link
        default: nil
        }
    }
}
