/// The object that a webhook carries, of the kinds that tell facts.
///
/// - Source: a webhook's body, `{"webhook_type", "object_type", <object_type>: {…}}`. It is a snapshot of unknown age:
///   good to know that something happened, not to act on amounts.
package enum LagoPayload: Sendable {
    case wallet(LagoWallet)
    /// `customer` is the operator's id, which only the wallet inside tells.
    case walletTransaction(LagoWalletTransaction, customer: String?)
    case invoice(LagoInvoice)
    case subscription(LagoSubscription)
    case creditNote(LagoCreditNote)
    /// A payment of this invoice was refused, in the provider's words; `id` is Lago's.
    case invoicePaymentFailure(id: String, customer: String?, words: String?)
    /// A payment for these credits was refused, in the provider's words; `id` is Lago's.
    case transactionPaymentFailure(id: String, customer: String?, words: String?)
    /// A payment; `id` is Lago's, and so are those of the invoices.
    case payment(id: String, invoices: [String], status: String?, customer: String?)

    /// Nil for a payload of another kind, and for one that cannot be read.
    package init?(webhook body: [UInt8]) {
        guard let envelope = try? LagoFields(body), let type = try? envelope.read("object_type", as: .text) else {
            return nil
        }
        guard let payload = try? Self.read(envelope, type) else { return nil }
        self = payload
    }

    /// The customer inside a webhook's object; nil where it has none, or not all of it.
    package static func customer(in body: [UInt8]) -> LagoCustomer? {
        guard let envelope = try? LagoFields(body), let type = try? envelope.read("object_type", as: .text),
            let object = try? envelope.object(type)
        else { return nil }
        return try? LagoCustomer((try? object.object("customer")) ?? object.object("invoice").object("customer"))
    }

    private static func read(_ envelope: LagoFields, _ type: String) throws(LagoError) -> LagoPayload? {
        switch type {
        case "wallet": return .wallet(try LagoWallet(envelope.object(type)))
        case "wallet_transaction":
            let payload = try envelope.object(type)
            let customer = try payload.objectIfAny("wallet") { wallet throws(LagoError) in
                try wallet.readIfAny("external_customer_id", as: .text)
            }
            return .walletTransaction(try LagoWalletTransaction(payload), customer: customer ?? nil)
        case "invoice": return .invoice(try LagoInvoice(envelope.object(type)))
        case "payment_dispute_lost": return .invoice(try LagoInvoice(envelope.object(type).object("invoice")))
        case "credit_note": return .creditNote(try LagoCreditNote(envelope.object(type)))
        case "subscription": return .subscription(try LagoSubscription(envelope.object(type)))
        case "payment_provider_invoice_payment_error":
            let error = try envelope.object(type)
            return .invoicePaymentFailure(
                id: try error.read("lago_invoice_id", as: .text),
                customer: try error.readIfAny("external_customer_id", as: .text),
                words: self.words(of: error)
            )
        case "payment_provider_wallet_transaction_payment_error":
            let error = try envelope.object(type)
            return .transactionPaymentFailure(
                id: try error.read("lago_wallet_transaction_id", as: .text),
                customer: try error.readIfAny("external_customer_id", as: .text),
                words: self.words(of: error)
            )
        case "payment":
            let payment = try envelope.object(type)
            return .payment(
                id: try payment.read("lago_id", as: .text),
                invoices: try payment.readIfAny("invoice_ids", as: .texts) ?? [],
                status: try payment.readIfAny("status", as: .text),
                customer: try payment.readIfAny("external_customer_id", as: .text)
            )
        default: return nil
        }
    }

    /// What the provider says, which is an object of its own shape; nil where it says nothing that can be read.
    private static func words(of error: LagoFields) -> String? {
        let said = try? error.objectIfAny("provider_error") { provider throws(LagoError) in
            try provider.readIfAny("message", as: .text)
        }
        return said ?? nil
    }
}
