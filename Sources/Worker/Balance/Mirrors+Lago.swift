package import LagoAPI
package import LagoEvents
private import Money
package import Store

// From objects of the API to rows as last seen.

extension MirroredWallet {
    package init(_ wallet: LagoWallet, seenAt: Int64) {
        self.init(
            id: wallet.id,
            customer: CustomerID(rawValue: wallet.externalCustomerID),
            status: wallet.status,
            currency: wallet.currency.code,
            balanceCents: wallet.balanceCents,
            object: wallet.json,
            seenAt: seenAt
        )
    }
}

extension MirroredTransaction {
    package init(_ transaction: LagoWalletTransaction, seenAt: Int64) {
        self.init(
            id: transaction.id,
            wallet: transaction.walletID,
            type: transaction.direction,
            status: transaction.status,
            createdAt: transaction.createdAt,
            object: transaction.json,
            seenAt: seenAt
        )
    }
}

extension MirroredSubscription {
    package init(_ subscription: LagoSubscription, seenAt: Int64) {
        self.init(
            id: subscription.id,
            externalID: subscription.externalID,
            customer: CustomerID(rawValue: subscription.externalCustomerID),
            plan: subscription.planCode,
            status: subscription.status,
            object: subscription.json,
            seenAt: seenAt
        )
    }
}

extension MirroredInvoice {
    package init(_ invoice: LagoInvoice, seenAt: Int64) {
        self.init(
            id: invoice.id,
            customer: CustomerID(rawValue: invoice.externalCustomerID),
            type: invoice.kind,
            status: invoice.status,
            paymentStatus: invoice.paymentStatus,
            currency: invoice.currency.code,
            totalCents: invoice.totals.totalCents,
            issuedAt: invoice.issuingDate,
            object: invoice.json,
            seenAt: seenAt
        )
    }
}

extension MirroredCreditNote {
    package init(_ note: LagoCreditNote, of customer: CustomerID, seenAt: Int64) {
        self.init(
            id: note.id,
            customer: customer,
            status: note.creditStatus ?? "",
            currency: note.currency.code,
            totalCents: note.totalCents,
            issuedAt: note.issuingDate,
            object: note.json,
            seenAt: seenAt
        )
    }
}

extension MirroredCustomer {
    package init(_ customer: LagoCustomer, seenAt: Int64) {
        let person = [customer.firstName, customer.lastName].compactMap { $0 }.joined(separator: " ")
        self.init(
            id: customer.externalID,
            name: [customer.name, customer.legalName, person].compactMap { $0 }.first { !$0.isEmpty },
            email: customer.email,
            locale: customer.documentLocale,
            object: customer.json,
            seenAt: seenAt
        )
    }
}
