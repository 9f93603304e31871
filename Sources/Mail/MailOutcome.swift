package import Transport

/// What became of one attempt to hand a message in.
///
/// Replies repeat what the server said, which may name an address: they are for the message's record, not for the log.
package enum MailOutcome: Hashable, Sendable {
    /// The server, or the folder, has it.
    case sent(SMTPReply)
    /// Not now: a 4yz reply, or the dialogue broke off before the message; the same message may pass later.
    case again(reply: SMTPReply?, reason: String)
    /// There is nobody of that address (at RCPT): suppress it.
    case recipientUnknown(SMTPReply)
    /// The server will not have this message, ever.
    case refused(SMTPReply)
    /// The relay takes nothing at all: no connection, no TLS, AUTH refused. Pause the lane; no attempt was made.
    case relayUnavailable(reason: String, reply: SMTPReply?)
    /// The connection was lost while the message was under way: the server may have it. Send it again, with the same
    /// `Message-ID`.
    case unclear(reason: String)
    /// `SMTP_MAX_PER_MINUTE` is used up: not tried, come back after that time.
    case later(after: Duration)
    /// The task was cancelled, or the engine is shut down; no failed attempt.
    case interrupted(mayHaveLeft: Bool)
    /// The message can never be sent as it is: it never reached the server.
    case invalid(reason: String)

    /// Reads what a delivery's failure means.
    package init(_ error: TransferError) {
        let words = "\(error.label): \(error.message)"
        switch error.kind {
        case .cancelled, .stopped:
            self = .interrupted(mayHaveLeft: error.requestLeft)
        case .invalidURL, .invalidRequest, .tooLarge:
            self = .invalid(reason: words)
        case .smtpRefused(let stage):
            self = Self.refusal(error.reply, at: stage, words: words)
        case _ where error.requestLeft:
            self = .unclear(reason: words)
        case .resolve, .connect, .tls:
            self = .relayUnavailable(reason: words, reply: nil)
        case .timedOut, .connectionLost, .badResponse:
            // Up to AUTH every message fares alike; after that, it may be this one's fault.
            self =
                Self.isBeforeMail(error.stage)
                ? .relayUnavailable(reason: words, reply: nil) : .again(reply: nil, reason: words)
        case .engine:
            self = .again(reply: nil, reason: words)
        }
    }

    private static func refusal(_ reply: SMTPReply?, at stage: SMTPStage, words: String) -> MailOutcome {
        guard let reply, !Self.isBeforeMail(stage), ![530, 534, 535, 538].contains(reply.code) else {
            // 530 and its like say at MAIL or RCPT what others say at AUTH: no mail without a better login.
            return .relayUnavailable(reason: words, reply: reply)
        }
        guard reply.code >= 500 else { return .again(reply: reply, reason: words) }
        return stage == .recipient && reply.saysThatNobodyIsThere ? .recipientUnknown(reply) : .refused(reply)
    }

    private static func isBeforeMail(_ stage: SMTPStage?) -> Bool {
        switch stage {
        case nil, .greeting, .hello, .startTLS, .auth: true
        case .sender, .recipient, .data: false
        }
    }

    /// One of a closed set of words, for metrics.
    package var label: String {
        switch self {
        case .sent: "sent"
        case .again: "again"
        case .recipientUnknown: "recipient_unknown"
        case .refused: "refused"
        case .relayUnavailable: "relay_unavailable"
        case .unclear: "unclear"
        case .later: "later"
        case .interrupted: "interrupted"
        case .invalid: "invalid"
        }
    }
}

extension SMTPReply {
    /// The enhanced status at the start of the text (RFC 3463), as `5.1.1`.
    package var enhancedStatus: String? {
        guard let match = self.text.prefixMatch(of: /([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])/) else { return nil }
        return String(match.output.1)
    }

    /// Whether a refusal is about the message's size (RFC 1870, RFC 3463), and not about a mailbox that is full.
    package var saysThatItIsTooLarge: Bool {
        if let status = self.enhancedStatus { return ["5.3.4", "5.2.3"].contains(status) }
        return self.code == 552
    }

    /// Whether a refusal at RCPT is about the address: no such user, no such domain, mailbox switched off. A bare 550
    /// may as well be the relay's opinion of us, so without a status its words decide.
    var saysThatNobodyIsThere: Bool {
        if let status = self.enhancedStatus {
            return ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.2.1"].contains(status)
        }
        guard self.code == 550 else { return false }
        let words = self.text.lowercased()
        return [
            "user unknown", "unknown user", "no such user", "user not found", "unknown recipient", "recipient unknown",
            "no such recipient", "recipient not found", "mailbox not found", "no such mailbox", "unknown mailbox",
            "user doesn't exist", "user does not exist", "mailbox does not exist", "address does not exist",
            "account does not exist", "account that you tried to reach does not exist", "no mailbox here",
            "unknown address", "address unknown", "invalid mailbox", "recipient does not exist", "no such address",
        ].contains { words.contains($0) }
    }
}
