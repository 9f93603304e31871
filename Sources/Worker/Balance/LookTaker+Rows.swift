private import LagoAPI
private import LagoEvents
private import Money
internal import Rules
internal import Store

// What a look leaves in the store as it was read.

extension LookTaker {
    static func save(
        _ result: Looks.Result,
        _ person: MirroredCustomer?,
        at seenAt: Int64,
        _ transaction: Transaction
    ) throws {
        for wallet in result.look.wallets { try transaction.save(MirroredWallet(wallet, seenAt: seenAt)) }
        for wallet in result.look.balance.wallets {
            try transaction.save(
                live: wallet.live,
                credits: wallet.liveCredits.description,
                ofWallet: wallet.reading.id,
                at: result.look.readAt
            )
        }
        for subscription in result.look.subscriptions {
            try transaction.save(MirroredSubscription(subscription, seenAt: seenAt))
        }
        for invoice in result.look.invoices { try transaction.save(MirroredInvoice(invoice, seenAt: seenAt)) }
        for item in result.transactions { try transaction.save(MirroredTransaction(item, seenAt: seenAt)) }
        if let person, !person.object.isEmpty { try transaction.save(person) }
    }

    static func reading(_ reading: AccountReading, account: String, look: BalanceLook) -> BalanceReading {
        let wallets =
            look.balance.accounts.first { $0.currency.code == account }?.wallets
            ?? look.balance.wallets.filter { $0.reading.id == account }
        return BalanceReading(
            customer: look.customer,
            account: account,
            currency: reading.amount.currency.code,
            settledCents: wallets.reduce(0) { $0 + $1.settled },
            liveCents: reading.amount.minorUnits,
            credits: reading.credits.description,
            at: look.readAt
        )
    }
}
