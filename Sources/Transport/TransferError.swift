/// Why a transfer brought no answer, or an SMTP server did not take a mail.
package struct TransferError: Error, Equatable, CustomStringConvertible {
    /// What went wrong, in the terms that callers decide by.
    package enum Kind: Hashable, Sendable {
        /// The URL is not absolute, of another scheme, not percent-encoded, or carries a user name.
        case invalidURL
        /// A header, an address or a message that must not reach the wire.
        case invalidRequest
        /// The host's name has no address.
        case resolve
        /// Nobody listens, or the network does not lead there.
        case connect
        /// No TLS, or a certificate that nobody vouches for.
        case tls
        /// A deadline passed.
        case timedOut
        /// The answer is larger than allowed.
        case tooLarge
        /// The connection ended before the answer did.
        case connectionLost
        /// What came back is not the protocol.
        case badResponse
        /// The SMTP server answered no; `reply` says how.
        case smtpRefused(SMTPStage)
        /// The calling task was cancelled.
        case cancelled
        /// The engine is shut down.
        case stopped
        /// libcurl refused to work: out of memory, an option unknown to it.
        case engine
    }

    package let kind: Kind
    /// libcurl's own words, or ours where it was not asked; never a header's value, an address or a body.
    package let message: String
    /// Whether a byte of the request may have left this machine: false only when surely none did.
    /// Of a mail, the message counts, not the dialogue before it: false means that the server cannot have taken it.
    package let requestLeft: Bool
    /// The SMTP server's last reply, where it was a refusal. Its text may name an address.
    package let reply: SMTPReply?
    /// Of a mail, what the SMTP server was asked last; nil before there was a connection to ask on.
    package let stage: SMTPStage?

    package init(
        kind: Kind,
        message: String,
        requestLeft: Bool,
        reply: SMTPReply? = nil,
        stage: SMTPStage? = nil
    ) {
        self.kind = kind
        self.message = message
        self.requestLeft = requestLeft
        self.reply = reply
        self.stage = stage
    }

    /// Whether the same call may succeed later. A 5yz reply is final (RFC 5321, 4.2.1); a certificate is not, because
    /// servers renew theirs without our doing.
    package var canRetryHelp: Bool {
        switch self.kind {
        case .invalidURL, .invalidRequest, .tooLarge: false
        case .smtpRefused: !(500..<600).contains(self.reply?.code ?? 0)
        case .resolve, .connect, .tls, .timedOut, .connectionLost, .badResponse, .cancelled, .stopped, .engine: true
        }
    }

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self.kind {
        case .invalidURL: "invalid_url"
        case .invalidRequest: "invalid_request"
        case .resolve: "resolve"
        case .connect: "connect"
        case .tls: "tls"
        case .timedOut: "timed_out"
        case .tooLarge: "too_large"
        case .connectionLost: "connection_lost"
        case .badResponse: "bad_response"
        case .smtpRefused(let stage): "smtp_refused_\(stage.rawValue)"
        case .cancelled: "cancelled"
        case .stopped: "stopped"
        case .engine: "engine"
        }
    }

    package var description: String {
        let reply = self.reply.map { ", the server said: \($0)" } ?? ""
        return "\(self.label): \(self.message)\(reply)\(self.requestLeft ? " (the request may have left)" : "")"
    }
}

extension TransferError {
    static func invalidURL(_ message: String) -> Self {
        Self(kind: .invalidURL, message: message, requestLeft: false)
    }

    static func invalidRequest(_ message: String) -> Self {
        Self(kind: .invalidRequest, message: message, requestLeft: false)
    }
}
