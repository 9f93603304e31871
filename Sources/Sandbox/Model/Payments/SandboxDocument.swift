import Foundation
import Money

/// A PDF of one page with lines of text, as small as one can be.
enum SandboxDocument {
    static func pdf(_ lines: [String]) -> [UInt8] {
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
        var text = "%PDF-1.4\n"
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
    /// Makes an invoice's PDF, and tells of it.
    mutating func makeDocument(ofInvoice id: String, at now: Date) {
        guard let index = self.invoices.position(id: id), self.invoices[index].fileURL == nil else { return }
        let invoice = self.invoices[index]
        self.invoices[index].fileURL =
            self.billing.issuer + "/rails/active_storage/blobs/redirect/" + LagoID.stable("file " + id) + "/"
            + invoice.number + ".pdf"
        self.tell(.invoiceGenerated, invoice: self.invoices[index], at: now)
    }

    /// Has an invoice's PDF made, once.
    mutating func requestDocument(ofInvoice id: String, at now: Date) {
        guard let delay = self.paymentRules.documentDelay else { return }
        let isAskedFor = self.jobs.contains { job in
            if case .document(let invoice) = job.work { invoice == id } else { false }
        }
        if !isAskedFor { self.run(.document(invoice: id), after: delay, at: now) }
    }

    /// The PDF that an address with this secret part leads to.
    func document(signedAs secret: String) -> [UInt8]? {
        guard let invoice = self.invoices.first(where: { LagoID.stable("file " + $0.id) == secret }),
            invoice.fileURL != nil, let customer = self.customer(id: invoice.customerID)
        else { return nil }
        let total = Amount(minorUnits: invoice.totalCents, currency: invoice.currency).major
        return SandboxDocument.pdf(
            [
                "\(self.organization.name): invoice \(invoice.number)", LagoTime.day(invoice.createdAt),
                customer.texts[.name] ?? customer.externalID, "",
                "Total: \(total) \(invoice.currency.code)",
            ]
        )
    }
}
