private import Foundation
private import Settings
private import Transport

/// The PDF of an invoice or a credit note, as far as Lago has it.
package enum LagoFile: Sendable {
    /// - Parameter name: its number with `.pdf`, in characters that any header takes.
    case ready(name: String, bytes: [UInt8])
    /// Lago was asked to make it.
    case notYet
    /// It is larger than was allowed.
    case tooLarge
    /// There is none and will be none, as of a voided invoice.
    case never
}

extension LagoClient {
    private static let redirects = 5

    /// Reads an invoice's PDF, and has Lago make it where it is not there yet.
    ///
    /// - Parameter limit: bytes.
    /// - Throws: `LagoError` where Lago, or what serves its files, gives none.
    package func invoiceFile(id: String, upTo limit: Int) async throws -> LagoFile {
        try await self.file(of: "invoice", at: "/invoices/\(try Query.segment(id))/download", upTo: limit)
    }

    /// Reads a credit note's PDF in the same way.
    package func creditNoteFile(id: String, upTo limit: Int) async throws -> LagoFile {
        try await self.file(of: "credit_note", at: "/credit_notes/\(try Query.segment(id))/download", upTo: limit)
    }

    /// Reads the PDF of an invoice's newest payment receipt, which only Lago's premium edition makes; never where it has
    /// none.
    package func receiptFile(invoiceID: String, upTo limit: Int) async throws -> LagoFile {
        let pages: LagoPages<LagoReceipt> =
            self.pages(at: "/payment_receipts", query: [("invoice_id", invoiceID)], as: "payment_receipts")
        let receipts: [LagoReceipt]
        do {
            receipts = try await pages.all()
        } catch LagoError.noRoute, LagoError.forbidden, LagoError.notFound {
            return .never
        }
        guard let receipt = receipts.max(by: { $0.createdAt < $1.createdAt }) else { return .never }
        guard let url = receipt.fileURL else { return .notYet }
        return try await self.file(Self.name(receipt.number, else: "receipt"), at: url, upTo: limit)
    }

    /// What `read` reads, waited for while Lago makes it: not yet where that takes longer than `patience`.
    package func waitForFile(
        atMost patience: Duration,
        every interval: Duration = .milliseconds(500),
        _ read: (LagoClient) async throws -> LagoFile
    ) async throws -> LagoFile {
        let end = ContinuousClock.now + patience
        while true {
            let file = try await read(self)
            guard case .notYet = file, ContinuousClock.now + interval < end else { return file }
            try await Task.sleep(for: interval)
        }
    }

    private func file(_ name: String, at url: String, upTo limit: Int) async throws -> LagoFile {
        do {
            return .ready(name: name, bytes: try await self.file(at: url, upTo: limit))
        } catch LagoError.transport(let error) where error.kind == .tooLarge {
            return .tooLarge
        }
    }

    private func file(of member: String, at path: String, upTo limit: Int) async throws -> LagoFile {
        let document: (number: String, url: String)?
        do {
            document = try await self.document(member, at: path)
        } catch LagoError.notFound {
            return .never
        }
        guard let document else { return .notYet }
        return try await self.file(Self.name(document.number, else: member), at: document.url, upTo: limit)
    }

    /// The number and the address of a PDF; nil while Lago is making that, which it does when it is first asked. This
    /// answer has less than others: no customer.
    ///
    /// - Throws: `LagoError.notFound` for what is not finalized, as a draft or a voided one.
    private func document(_ member: String, at path: String) async throws -> (number: String, url: String)? {
        let body = try await self.send(self.request("POST", path), as: "download_\(member)").body
        guard !body.isEmpty else { return nil }
        let object = try LagoFields(body).object(member)
        guard let url = try object.readIfAny("file_url", as: .text) else { return nil }
        return (try object.readIfAny("number", as: .text) ?? "", url)
    }

    /// Reads a PDF of Lago's: without the key, which the address makes unnecessary, and from wherever it is led to.
    ///
    /// - Parameter url: `file_url`. Lago writes its own address there by its own settings, which may be wrong here.
    func file(at url: String, upTo limit: Int) async throws -> [UInt8] {
        guard let lago = FileAddress(self.address.root) else { throw LagoError.badRequest }
        var url = self.reachable(url)
        for _ in 0...Self.redirects {
            guard let target = FileAddress(url), target.isAllowed(besideLagoAt: lago) else {
                throw LagoError.unreadable(what: "the file's address is not one to read from")
            }
            let request = TransferRequest(url: target.url, deadline: self.deadline, maximumResponseSize: limit)
            let response = try await self.exchange(request, as: "file")
            switch response.status {
            case 200:
                guard response.body.starts(with: "%PDF-".utf8) else { throw LagoError.unreadable(what: "it is no PDF") }
                return response.body
            case 300..<400:
                let next = response.header("Location").flatMap { URL(string: $0, relativeTo: URL(string: url)) }
                guard let next else { throw LagoError.unexpected(status: response.status) }
                url = next.absoluteString
            case 500...: throw LagoError.server(status: response.status)
            default: throw LagoError.unexpected(status: response.status)
            }
        }
        throw LagoError.unreadable(what: "the file is behind too many redirects")
    }

    /// The address under which Lago is known here, where it is one of Lago's own.
    private func reachable(_ url: String) -> String {
        guard let path = url.range(of: "/rails/active_storage/") else { return url }
        return self.address.root + url[path.lowerBound...]
    }

    private static func name(_ number: String, else member: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        let name = String(number.prefix(80).map { plain.contains($0) ? $0 : "-" })
        return "\(name.isEmpty ? member : name).pdf"
    }
}
