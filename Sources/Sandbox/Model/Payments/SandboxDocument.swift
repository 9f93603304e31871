import Foundation
import Money

/// A PDF of one page with lines of text, as small as one can be.
enum SandboxDocument {
    /// - Parameter size: bytes that it has at least.
    static func pdf(_ lines: [String], size: Int = 0) -> [UInt8] {
        var content = "BT /F1 12 Tf 72 770 Td 18 TL\n"
        for line in lines { content += "(\(Self.escaped(line))) Tj T*\n" }
        content += "ET"
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                + "/Resources << /Font << /F1 5 0 R >> >> >>",
            "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        var text = "%PDF-1.4\n%\(String(repeating: "x", count: size))\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(text.utf8.count)
            text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = text.utf8.count
        text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { text += String(format: "%010d 00000 n \n", offset) }
        text += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
        return Array(text.utf8)
    }

    /// Printable ASCII: its font has no other letters.
    private static func escaped(_ line: String) -> String {
        String(line.unicodeScalars.map { (" "..."~").contains($0) ? Character($0) : "?" })
            .replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "(", with: "\\(").replacingOccurrences(of: ")", with: "\\)")
    }
}

extension SandboxState {
    /// Makes the PDF of an invoice or a credit note, and tells of it.
    mutating func makeDocument(of id: String, at now: Date) {
        if let index = self.invoices.position(id: id), self.invoices[index].fileURL == nil {
            self.invoices[index].fileURL = self.fileURL(of: id, number: self.invoices[index].number)
            self.tell(.invoiceGenerated, invoice: self.invoices[index], at: now)
        }
        if let index = self.creditNotes.position(id: id), self.creditNotes[index].fileURL == nil {
            self.creditNotes[index].fileURL = self.fileURL(of: id, number: self.creditNotes[index].number)
            self.tell(.creditNoteGenerated, self.creditNotes[index], without: ["items", "applied_taxes"])
        }
    }

    private mutating func fileURL(of id: String, number: String) -> String {
        let secret = LagoID.stable("file " + id)
        self.documents[secret] = id
        return "\(self.billing.issuer)/rails/active_storage/blobs/redirect/\(secret)/\(number).pdf"
    }

    /// Has a PDF made, once.
    mutating func requestDocument(of id: String, at now: Date) {
        guard let delay = self.paymentRules.documentDelay else { return }
        let isAskedFor = self.jobs.contains { job in
            if case .document(let other) = job.work { other == id } else { false }
        }
        if !isAskedFor { self.run(.document(of: id), after: delay, at: now) }
    }

    /// The PDF that an address with this secret part leads to.
    func document(signedAs secret: String) -> [UInt8]? {
        guard let id = self.documents[secret] else { return nil }
        if let invoice = self.invoices.row(id: id) {
            let total = Amount(minorUnits: invoice.totalCents, currency: invoice.currency)
            return self.document("invoice \(invoice.number)", of: invoice.customerID, invoice.createdAt, total)
        }
        if let note = self.creditNotes.row(id: id) {
            let total = Amount(minorUnits: note.totalCents, currency: note.currency)
            return self.document("credit note \(note.number)", of: note.customerID, note.createdAt, total)
        }
        return nil
    }

    private func document(_ title: String, of customerID: String, _ day: Date, _ total: Amount) -> [UInt8]? {
        guard let customer = self.customer(id: customerID) else { return nil }
        return SandboxDocument.pdf(
            [
                "\(self.organization.name): \(title)", LagoTime.day(day),
                customer.texts[.name] ?? customer.externalID, "", "Total: \(total.major) \(total.currency.code)",
            ],
            size: self.paymentRules.documentSize
        )
    }
}
