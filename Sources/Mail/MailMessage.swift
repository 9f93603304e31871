package import Settings

/// One mail to one recipient, ready to be written as MIME.
package struct MailMessage: Hashable, Sendable {
    package var id: MessageID
    /// The message's kind, as `low_balance`: part of a file's name in a mail folder, nothing that the reader sees.
    package var kind: String
    /// When the message was written down, in milliseconds since 1970: the same at each attempt.
    package var date: Int64
    package var from: Mailbox
    package var replyTo: Mailbox?
    package var to: Mailbox
    /// One line.
    package var subject: String
    package var text: String
    package var html: String
    /// Earlier messages of the same thread, oldest first.
    package var references: [MessageID]
    /// The address of the one-click unsubscription (RFC 8058); nil for mail that cannot be unsubscribed.
    package var unsubscribeURL: String?
    package var attachments: [MailAttachment]

    package init(
        id: MessageID,
        kind: String,
        date: Int64,
        from: Mailbox,
        replyTo: Mailbox? = nil,
        to: Mailbox,
        subject: String,
        text: String,
        html: String,
        references: [MessageID] = [],
        unsubscribeURL: String? = nil,
        attachments: [MailAttachment] = []
    ) {
        self.id = id
        self.kind = kind
        self.date = date
        self.from = from
        self.replyTo = replyTo
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.references = references
        self.unsubscribeURL = unsubscribeURL
        self.attachments = attachments
    }

    /// The message as it goes over the wire: `multipart/alternative`, text first, inside `multipart/mixed` where a file
    /// goes with it; every line ended by CRLF, every byte ASCII. The same message gives the same bytes.
    ///
    /// - Throws: `MailError` when a header would hold a control character, or the message would say nothing.
    package func bytes() throws(MailError) -> [UInt8] {
        guard !self.subject.isEmpty else { throw .empty(what: "subject") }
        guard !self.text.isEmpty, !self.html.isEmpty else { throw .empty(what: "body") }
        var message = Array(try self.headers().utf8)
        guard !self.attachments.isEmpty else { return message + Array("\(self.wordsType)\r\n\r\n".utf8) + self.words }
        message += Array("Content-Type: multipart/mixed;\r\n boundary=\"\(self.outerBoundary)\"\r\n\r\n".utf8)
        message += Array("--\(self.outerBoundary)\r\n\(self.wordsType)\r\n\r\n".utf8) + self.words
        for attachment in self.attachments {
            message += Array("--\(self.outerBoundary)\r\n\(attachment.headers)\r\n\r\n".utf8)
            message += attachment.encoded
        }
        return message + Array("--\(self.outerBoundary)--\r\n".utf8)
    }

    // Neither is the beginning of the other, and no line of a body can be taken for one: quoted-printable never holds
    // "=_" or "=+", base64 neither.
    private var boundary: String { "=_\(self.id.local.prefix(40))" }
    private var outerBoundary: String { "=+\(self.id.local.prefix(40))" }

    private var wordsType: String { "Content-Type: multipart/alternative;\r\n boundary=\"\(self.boundary)\"" }

    /// The text and the HTML.
    private var words: [UInt8] {
        var words: [UInt8] = []
        for (type, body) in [("plain", self.text), ("html", self.html)] {
            words += Array(
                """
                --\(self.boundary)\r
                Content-Type: text/\(type); charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r

                """.utf8
            )
            words += QuotedPrintable.encode(body)
        }
        return words + Array("--\(self.boundary)--\r\n".utf8)
    }

    private func headers() throws(MailError) -> String {
        var headers = try HeaderText.structured("Date", [MailDate.header(milliseconds: self.date)])
        headers += try self.mailbox("From", self.from)
        if let replyTo = self.replyTo { headers += try self.mailbox("Reply-To", replyTo) }
        headers += try self.mailbox("To", self.to)
        headers += try HeaderText.unstructured("Subject", self.subject)
        headers += try HeaderText.structured("Message-ID", [self.id.rawValue])
        if let last = self.references.last {
            headers += try HeaderText.structured("In-Reply-To", [last.rawValue])
            headers += try HeaderText.structured("References", self.shownReferences.map(\.rawValue))
        }
        headers += try HeaderText.structured("Auto-Submitted", ["auto-generated"])
        headers += try HeaderText.structured("X-Auto-Response-Suppress", ["All"])
        if let url = self.unsubscribeURL {
            guard !url.contains(where: { $0 == "<" || $0 == ">" || $0 == " " }) else {
                throw .controlCharacter(header: "List-Unsubscribe")
            }
            headers += try HeaderText.structured("List-Unsubscribe", ["<\(url)>"])
            headers += try HeaderText.structured("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"])
        }
        return headers + (try HeaderText.structured("MIME-Version", ["1.0"]))
    }

    /// The first of a long thread and its last ones: a header is no place for hundreds.
    private var shownReferences: [MessageID] {
        self.references.count <= 20 ? self.references : self.references.prefix(1) + self.references.suffix(19)
    }

    private func mailbox(_ header: String, _ mailbox: Mailbox) throws(MailError) -> String {
        try HeaderText.structured(
            header,
            HeaderText.mailbox(name: mailbox.name, address: mailbox.address.text, header: header)
        )
    }
}
