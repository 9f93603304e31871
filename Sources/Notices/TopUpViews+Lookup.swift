private import Mustache

// How templates read the views of top-ups.

extension TopUpView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "customer": self.customer
        case "credits": self.credits
        case "amount": self.amount
        case "isAutomatic": self.isAutomatic
        case "invoice": self.invoice
        default: nil
        }
    }
}

extension PaymentView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "link": self.link
        case "hasInstructions": self.hasInstructions
        case "instructions": self.instructions
        default: nil
        }
    }
}

extension TopUpSucceededView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "topUp": self.topUp
        case "balance": self.balance
        case "worth": self.worth
        case "invoiceLink": self.invoiceLink
        case "isAttached": self.isAttached
        case "link": self.link
        default: nil
        }
    }
}

extension TopUpFailedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "topUp": self.topUp
        case "payment": self.payment
        case "isDeclined": self.isDeclined
        case "detail": self.detail
        case "nextAttempt": self.nextAttempt
        case "link": self.link
        default: nil
        }
    }
}

extension TopUpActionRequiredView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "topUp": self.topUp
        case "isConfirmation": self.isConfirmation
        case "invoiceLink": self.invoiceLink
        case "isAttached": self.isAttached
        case "payment": self.payment
        case "link": self.link
        default: nil
        }
    }
}

extension TopUpPausedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "topUp": self.topUp
        case "payment": self.payment
        case "failures": self.failures
        case "link": self.link
        default: nil
        }
    }
}

extension TopUpLimitView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "isReached": self.isReached
        case "share": self.share
        case "limit": self.limit
        case "used": self.used
        case "ends": self.ends
        case "link": self.link
        default: nil
        }
    }
}
