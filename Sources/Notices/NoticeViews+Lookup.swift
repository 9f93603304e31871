private import Mustache

// How templates read the views. Without this, Mustache finds each field by reflection, which took a fifth of the time of
// a mail.

extension FrameView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "language": self.language
        case "brand": self.brand
        case "unsubscribeLink": self.unsubscribeLink
        default: nil
        }
    }
}

extension FrameView.BrandView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "name": self.name
        case "logo": self.logo
        case "color": self.color
        case "textColor": self.textColor
        case "footer": self.footer
        default: nil
        }
    }
}

extension LowBalanceView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "isUsedUp": self.isUsedUp
        case "balance": self.balance
        case "worth": self.worth
        case "threshold": self.threshold
        case "left": self.left
        case "lasts": self.lasts
        case "link": self.link
        default: nil
        }
    }
}

extension BalanceRecoveredView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "balance": self.balance
        case "worth": self.worth
        case "threshold": self.threshold
        case "lasts": self.lasts
        case "link": self.link
        default: nil
        }
    }
}

extension OperatorAlertView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "title": self.title
        case "whatHappened": self.whatHappened
        case "whatToDo": self.whatToDo
        case "since": self.since
        case "link": self.link
        default: nil
        }
    }
}
