/// What a signed link is about: one type for whoever makes the link and whoever opens it.
package protocol LinkSubject: Hashable, Sendable {
    static var purpose: SignedLink.Purpose { get }
    var fields: [String] { get }
    /// Nil for fields that are not those of this subject.
    init?(fields: [String])
}

/// Mail of a kind to an address ends.
package struct UnsubscribeSubject: LinkSubject {
    package static let purpose = SignedLink.Purpose.unsubscribe
    package let address: String
    /// A message kind's raw value.
    package let kind: String
    /// The page's language.
    package let locale: String

    package init(address: String, kind: String, locale: String) {
        self.address = address
        self.kind = kind
        self.locale = locale
    }

    package init?(fields: [String]) {
        guard fields.count == 3 else { return nil }
        self.init(address: fields[0], kind: fields[1], locale: fields[2])
    }

    package var fields: [String] { [self.address, self.kind, self.locale] }
}

/// Automatic top-ups of a customer's account go on after failures.
package struct ResumeSubject: LinkSubject {
    package static let purpose = SignedLink.Purpose.resume
    /// The operator's id of the customer.
    package let customer: String
    /// A currency's code.
    package let account: String
    package let locale: String

    package init(customer: String, account: String, locale: String) {
        self.customer = customer
        self.account = account
        self.locale = locale
    }

    package init?(fields: [String]) {
        guard fields.count == 3 else { return nil }
        self.init(customer: fields[0], account: fields[1], locale: fields[2])
    }

    package var fields: [String] { [self.customer, self.account, self.locale] }
}

/// The file of an invoice, or of a credit note, may be read.
package struct InvoiceSubject: LinkSubject {
    package static let purpose = SignedLink.Purpose.invoice

    package enum Paper: String, Hashable, Sendable {
        case invoice
        case creditNote = "credit_note"
    }

    package let paper: Paper
    /// Lago's id of it.
    package let id: String
    package let locale: String

    package init(_ paper: Paper = .invoice, id: String, locale: String) {
        self.paper = paper
        self.id = id
        self.locale = locale
    }

    /// Two fields are an invoice's.
    package init?(fields: [String]) {
        guard (2...3).contains(fields.count) else { return nil }
        guard let paper = fields.count == 2 ? .invoice : Paper(rawValue: fields[2]) else { return nil }
        self.init(paper, id: fields[0], locale: fields[1])
    }

    package var fields: [String] {
        [self.id, self.locale] + (self.paper == .invoice ? [] : [self.paper.rawValue])
    }
}

extension LinkSigner {
    /// The whole address of a link.
    ///
    /// - Parameter expiresAt: milliseconds since 1970.
    package func url(_ subject: some LinkSubject, expiresAt: Int64) throws(SignatureError) -> String {
        try self.url(
            SignedLink(purpose: type(of: subject).purpose, fields: subject.fields, expiresAt: expiresAt)
        )
    }

    /// What a token is about, once it is found good.
    package func open<Subject: LinkSubject>(
        _ token: String,
        as subject: Subject.Type,
        now: Int64
    ) throws(SignedLinkError) -> Subject {
        let link = try self.open(token, for: Subject.purpose, now: now)
        guard let subject = Subject(fields: link.fields) else { throw .invalid }
        return subject
    }
}
