/// One mail handed to an SMTP server.
package struct SMTPDelivery: Sendable {
    /// When the dialogue goes through TLS. The certificate is checked wherever TLS is used. `smtps` is always TLS.
    package enum TLS: String, Sendable {
        /// STARTTLS or nothing.
        case required
        /// STARTTLS where the server offers it. With a password and a host that is not loopback: as `required`.
        case opportunistic
        /// Plain text, AUTH included.
        case off
    }

    /// `smtp://host:port` or `smtps://host:port`, without path, user name and password.
    package var url: String
    package var tls: TLS
    /// Both or none; nil sends no AUTH.
    package var username: String?
    package var password: String?
    /// Address of the envelope, without angle brackets; empty for a mail that nobody shall bounce to.
    package var sender: String
    /// Addresses of the envelope, at least one. The mail is refused as a whole when one of them is.
    package var recipients: [String]
    /// Headers and body, each line ended by CRLF. Dots at the start of a line are the engine's to double.
    package var message: [UInt8]
    /// What we call ourselves in EHLO; nil for the machine's own name.
    package var localName: String?
    /// From the call to the server's word on the message, time in the engine's queue included.
    package var deadline: Duration
    /// From the first look-up of the name to the end of TCP's and, with `smtps`, TLS' handshake.
    package var connectDeadline: Duration

    package init(
        url: String,
        tls: TLS = .required,
        username: String? = nil,
        password: String? = nil,
        sender: String,
        recipients: [String],
        message: [UInt8],
        localName: String? = nil,
        deadline: Duration = .seconds(60),
        connectDeadline: Duration = .seconds(10)
    ) {
        self.url = url
        self.tls = tls
        self.username = username
        self.password = password
        self.sender = sender
        self.recipients = recipients
        self.message = message
        self.localName = localName
        self.deadline = deadline
        self.connectDeadline = connectDeadline
    }

    /// Refuses what must never reach the dialogue: line breaks in an address above all, which would be commands.
    ///
    /// - Returns: where the mail goes.
    /// - Throws: `TransferError` of kind `invalidURL` or `invalidRequest`; the text repeats no address.
    func check() throws(TransferError) -> Origin {
        let origin = try Origin(url: self.url, schemes: ["smtp", "smtps"])
        guard origin.isWholeURL else { throw .invalidURL("the SMTP URL has a path") }
        guard self.sender.isEmpty || Text.isAddress(self.sender) else { throw .invalidRequest("the sender's address") }
        guard !self.recipients.isEmpty, self.recipients.allSatisfy(Text.isAddress) else {
            throw .invalidRequest("a recipient's address")
        }
        guard (self.username == nil) == (self.password == nil) else {
            throw .invalidRequest("a user name needs a password, and a password a user name")
        }
        for secret in [self.username, self.password] {
            guard secret.map(Text.isHeaderValue) ?? true else {
                throw .invalidRequest("the user name or the password has a control character")
            }
        }
        guard self.localName.map(Text.isHostName) ?? true else { throw .invalidRequest("the local name") }
        guard Text.hasOnlyWholeLineEnds(self.message) else {
            throw .invalidRequest("the message has a line end that is not CRLF, or a NUL")
        }
        return origin
    }

    /// Whether TLS is a condition, not an offer: a password goes in plain text only to this machine, or with `off`.
    var demandsTLS: Bool {
        switch self.tls {
        case .required: true
        case .opportunistic:
            self.username != nil && (try? Origin(url: self.url, schemes: ["smtp"]).isLoopback) != true
        case .off: false
        }
    }
}

/// An SMTP server's reply: three digits and the text after them (RFC 5321, 4.2).
package struct SMTPReply: Hashable, Sendable, CustomStringConvertible {
    package let code: Int
    /// The lines of the reply, joined with a line feed; begins with the enhanced status (`5.1.1`) where there is one.
    package let text: String

    package init(code: Int, text: String) {
        self.code = code
        self.text = text
    }

    package var description: String { "\(self.code) \(self.text.split(separator: "\n").joined(separator: " / "))" }
}

/// What the SMTP server was asked last.
package enum SMTPStage: String, Hashable, Sendable, CaseIterable {
    /// Nothing: it speaks first.
    case greeting
    /// EHLO or HELO.
    case hello
    /// STARTTLS.
    case startTLS = "starttls"
    /// AUTH.
    case auth
    /// MAIL FROM.
    case sender
    /// RCPT TO.
    case recipient
    /// DATA, or the message itself.
    case data
}
