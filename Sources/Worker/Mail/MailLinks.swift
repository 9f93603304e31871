internal import Notices
private import Settings
internal import Signatures
internal import Store

/// The signed links of one mail, in its reader's language.
struct MailLinks: Sendable {
    /// How long links in mails are good, in milliseconds.
    private static let lifetime: Int64 = 400 * 86_400_000

    let locale: NoticeLocale
    private let message: Message
    private let signer: LinkSigner
    private let expiresAt: Int64

    fileprivate init(_ message: Message, locale: NoticeLocale, signer: LinkSigner, at now: Int64) {
        self.message = message
        self.locale = locale
        self.signer = signer
        self.expiresAt = now + Self.lifetime
    }

    /// Ends mail of this kind to this address.
    func unsubscribe() throws -> String {
        let (address, kind) = (self.message.recipient, self.message.kind)
        return try self.signer.url(
            UnsubscribeSubject(address: address, kind: kind, locale: self.locale.rawValue),
            expiresAt: self.expiresAt
        )
    }

    /// Has automatic top-ups of an account go on.
    func resume(customer: String, account: String) throws -> String {
        try self.signer.url(
            ResumeSubject(customer: customer, account: account, locale: self.locale.rawValue),
            expiresAt: self.expiresAt
        )
    }

    /// The PDF of the invoice with this id of Lago's.
    func invoice(_ id: String) throws -> String {
        try self.signer.url(InvoiceSubject(id: id, locale: self.locale.rawValue), expiresAt: self.expiresAt)
    }

    /// The PDF of the credit note with this id of Lago's.
    func creditNote(_ id: String) throws -> String {
        let subject = InvoiceSubject(.creditNote, id: id, locale: self.locale.rawValue)
        return try self.signer.url(subject, expiresAt: self.expiresAt)
    }
}

extension MailHandler.Post {
    /// - Parameter now: Unix milliseconds, from which the links are good.
    func links(for message: Message, at now: Int64) -> MailLinks {
        let fallback = NoticeLocale(rawValue: self.settings.defaultLocale.rawValue) ?? .en
        let locale = NoticeLocale(firstOf: [message.locale], fallback: fallback)
        return MailLinks(message, locale: locale, signer: self.signer, at: now)
    }
}
