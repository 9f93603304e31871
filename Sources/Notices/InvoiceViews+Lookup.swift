private import Mustache

// How templates read the views of invoices.

extension InvoiceView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "customer": self.customer
        case "number": self.number
        case "name": self.name
        case "title": self.title
        case "total": self.total
        case "due": self.due
        default: nil
        }
    }
}

extension FileView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "isAttached": self.isAttached
        case "link": self.link
        default: nil
        }
    }
}

extension InvoiceIssuedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "hasLines": self.hasLines
        case "lines": self.lines
        case "more": self.more
        case "beforeCredits": self.beforeCredits
        case "paidFromWallet": self.paidFromWallet
        case "otherCredits": self.otherCredits
        case "isZero": self.isZero
        case "isDue": self.isDue
        case "isCollected": self.isCollected
        case "isPaidByWallet": self.isPaidByWallet
        case "isPaidByCredits": self.isPaidByCredits
        case "isPaid": self.isPaid
        case "isFree": self.isFree
        case "due": self.due
        case "payment": self.payment
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension InvoiceIssuedView.Line: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "name": self.name
        case "amount": self.amount
        default: nil
        }
    }
}

extension PaymentReceivedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "amount": self.amount
        case "total": self.total
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension PaymentFailedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "reason": self.reason
        case "detail": self.detail
        case "payment": self.payment
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension PaymentActionRequiredView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "payment": self.payment
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension PaymentOverdueView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "isGentle": self.isGentle
        case "isFirm": self.isFirm
        case "isLast": self.isLast
        case "amount": self.amount
        case "total": self.total
        case "late": self.late
        case "payment": self.payment
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension InvoiceVoidedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "invoice": self.invoice
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}

extension CreditNoteIssuedView: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "frame": self.frame
        case "customer": self.customer
        case "title": self.title
        case "invoiceNumber": self.invoiceNumber
        case "total": self.total
        case "credit": self.credit
        case "refund": self.refund
        case "file": self.file
        case "link": self.link
        default: nil
        }
    }
}
