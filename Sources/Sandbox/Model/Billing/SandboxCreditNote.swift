import Foundation
import Money

/// What a customer gets back of an invoice: as a credit for later ones, or as money.
struct SandboxCreditNote: TableRow {
    let id: String
    let customerID: String
    let invoiceID: String
    let invoiceNumber: String
    /// Counted per invoice, and part of the number.
    let sequentialID: Int
    let currency: Currency
    let taxRate: FixedDecimal
    /// With taxes.
    let totalCents: Int64
    let taxesCents: Int64
    let reason: String
    let isRefund: Bool
    let createdAt: Date
    /// Where its PDF is, once it is made.
    var fileURL: String?

    var group: String { self.invoiceID }
    var moment: Date { self.createdAt }

    var number: String {
        let digits = String(self.sequentialID)
        return self.invoiceNumber + "-CN" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
}

extension SandboxCreditNote {
    /// The object as the credit note routes answer it, which do not say whose it is.
    func json(fee: JSONValue, of organization: Organization) -> JSONValue {
        let created = JSONValue.string(LagoTime.seconds(self.createdAt))
        let netCents = self.totalCents - self.taxesCents
        return [
            "lago_id": .string(self.id), "billing_entity_code": .string(organization.billingEntity),
            "sequential_id": .integer(self.sequentialID), "number": .string(self.number),
            "lago_invoice_id": .string(self.invoiceID), "invoice_number": .string(self.invoiceNumber),
            "purchase_order_number": nil, "issuing_date": .string(LagoTime.day(self.createdAt)),
            "credit_status": self.isRefund ? nil : "available", "refund_status": self.isRefund ? "pending" : nil,
            "reason": .string(self.reason), "description": nil, "currency": .string(self.currency.code),
            "total_amount_cents": .integer(self.totalCents),
            "precise_total_amount_cents": .string("\(self.totalCents).0"),
            "taxes_amount_cents": .integer(self.taxesCents),
            "precise_taxes_amount_cents": .string("\(self.taxesCents).0"),
            "sub_total_excluding_taxes_amount_cents": .integer(netCents),
            "balance_amount_cents": .integer(self.isRefund ? 0 : self.totalCents),
            "credit_amount_cents": .integer(self.isRefund ? 0 : self.totalCents),
            "refund_amount_cents": .integer(self.isRefund ? self.totalCents : 0), "offset_amount_cents": 0,
            "coupons_adjustment_amount_cents": 0, "taxes_rate": .number(self.taxRate.description),
            "created_at": created, "updated_at": created, "file_url": .text(self.fileURL),
            "xml_url": nil, "self_billed": false,
            "items": [
                [
                    "lago_id": .string(LagoID.stable("item " + self.id)), "amount_cents": .integer(netCents),
                    "precise_amount_cents": .string("\(netCents).0"),
                    "amount_currency": .string(self.currency.code), "fee": fee,
                ]
            ],
            "applied_taxes": self.appliedTaxesJSON(of: netCents),
        ]
    }

    private func appliedTaxesJSON(of netCents: Int64) -> JSONValue {
        guard self.taxRate > .zero else { return [] }
        return [
            [
                "lago_id": .string(LagoID.stable("applied tax " + self.id)), "lago_credit_note_id": .string(self.id),
                "lago_tax_id": .string(LagoID.stable("tax " + self.taxRate.description)), "tax_name": "VAT",
                "tax_code": "vat", "tax_rate": .number(self.taxRate.description), "tax_description": nil,
                "base_amount_cents": .integer(netCents), "amount_cents": .integer(self.taxesCents),
                "amount_currency": .string(self.currency.code),
                "created_at": .string(LagoTime.seconds(self.createdAt)),
            ]
        ]
    }
}

extension SandboxState {
    /// Gives back so much of an invoice, and tells of it.
    ///
    /// - Throws: `LagoFailure` 404 `invoice_not_found`; 422 for more than the invoice's fees and taxes.
    mutating func issueCreditNote(
        invoice id: String,
        cents: Int64,
        isRefund: Bool,
        reason: String,
        at now: Date
    ) throws(LagoFailure) -> SandboxCreditNote {
        let invoice = self.invoices[try self.invoiceIndex(id: id)]
        let issued = self.creditNotes.rows(in: id)
        let whole = invoice.feesCents + invoice.taxesCents
        guard cents > 0, cents + issued.reduce(0, { $0 + $1.totalCents }) <= whole else {
            throw .validation(["base": ["higher_than_remaining_invoice_amount"]])
        }
        let note = SandboxCreditNote(
            id: LagoID.new(),
            customerID: invoice.customerID,
            invoiceID: id,
            invoiceNumber: invoice.number,
            sequentialID: issued.count + 1,
            currency: invoice.currency,
            taxRate: invoice.fees.first?.taxRate ?? .zero,
            totalCents: cents,
            taxesCents: cents * invoice.taxesCents / whole,
            reason: reason,
            isRefund: isRefund,
            createdAt: now
        )
        self.creditNotes.append(note)
        self.tell(.creditNoteCreated, note)
        return note
    }

    /// - Parameter left: fields that this type's object does not have.
    mutating func tell(_ type: LagoWebhook, _ note: SandboxCreditNote, without left: [String] = []) {
        guard let customer = self.customer(id: note.customerID) else { return }
        var object = self.json(of: note)
        object["customer"] = customer.json(of: self.organization)
        for field in left { object[field] = nil }
        self.news.append(News(type: type, object: object))
    }

    func json(of note: SandboxCreditNote) -> JSONValue {
        guard let invoice = self.invoices.row(id: note.invoiceID), let fee = invoice.fees.first,
            let customer = self.customer(id: note.customerID)
        else { return .null }
        let object = fee.json(customer: customer, currency: invoice.currency, invoice: invoice)
        return note.json(fee: object, of: self.organization)
    }
}
