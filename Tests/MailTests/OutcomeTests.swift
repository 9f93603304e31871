import Mail
import Testing
import Transport

/// What follows from a failure, case by case (design 9).
@Suite struct OutcomeTests {
    private func outcome(
        _ kind: TransferError.Kind,
        left: Bool = false,
        _ reply: String? = nil,
        at stage: SMTPStage? = nil
    )
        -> MailOutcome
    {
        let parsed = reply.map { SMTPReply(code: Int($0.prefix(3)) ?? 0, text: String($0.dropFirst(4))) }
        let error = TransferError(kind: kind, message: "words", requestLeft: left, reply: parsed, stage: stage)
        return MailOutcome(error)
    }

    @Test(arguments: [
        (SMTPStage.recipient, "550 5.1.1 nobody", "recipient_unknown"),
        (.recipient, "550 5.1.2 x", "recipient_unknown"),
        (.recipient, "553 5.1.3 x", "recipient_unknown"), (.recipient, "550 5.1.6 x", "recipient_unknown"),
        (.recipient, "550 5.2.1 x", "recipient_unknown"), (.recipient, "550 User unknown", "recipient_unknown"),
        (.recipient, "550 No such user here", "recipient_unknown"), (.recipient, "550 relaying denied", "refused"),
        (.recipient, "550 5.7.1 user unknown", "refused"), (.recipient, "550 5.1.10 x", "refused"),
        (.recipient, "554 User unknown", "refused"), (.recipient, "552 5.2.2 mailbox full", "refused"),
        (.recipient, "450 4.2.0 greylisted", "again"), (.recipient, "421 4.3.2 closing", "again"),
        (.sender, "550 5.1.1 x", "refused"), (.sender, "530 5.7.0 Authentication required", "relay_unavailable"),
        (.sender, "451 x", "again"), (.data, "550 5.1.1 x", "refused"), (.data, "452 4.3.1 full", "again"),
        (.auth, "535 5.7.8 no", "relay_unavailable"), (.auth, "454 4.7.0 later", "relay_unavailable"),
        (.greeting, "554 no", "relay_unavailable"), (.greeting, "421 busy", "relay_unavailable"),
        (.hello, "550 x", "relay_unavailable"), (.startTLS, "454 x", "relay_unavailable"),
    ])
    func `a reply means what its place and its status say`(stage: SMTPStage, reply: String, label: String) {
        #expect(self.outcome(.smtpRefused(stage), left: stage == .data, reply, at: stage).label == label)
    }

    @Test(arguments: [
        (TransferError.Kind.resolve, false, nil, "relay_unavailable"), (.connect, false, nil, "relay_unavailable"),
        (.tls, false, SMTPStage.startTLS, "relay_unavailable"), (.timedOut, false, nil, "relay_unavailable"),
        (.timedOut, false, .hello, "relay_unavailable"), (.timedOut, false, .recipient, "again"),
        (.timedOut, true, .data, "unclear"), (.connectionLost, false, .auth, "relay_unavailable"),
        (.connectionLost, false, .recipient, "again"), (.connectionLost, true, .data, "unclear"),
        (.tls, true, .data, "unclear"), (.badResponse, false, .sender, "again"), (.engine, false, nil, "again"),
        (.engine, true, .data, "unclear"), (.cancelled, true, .data, "interrupted"),
        (.stopped, false, nil, "interrupted"), (.invalidRequest, false, nil, "invalid"),
        (.invalidURL, false, nil, "invalid"), (.smtpRefused(.auth), false, .auth, "relay_unavailable"),
    ])
    func `a failure without a reply means what was under way`(
        kind: TransferError.Kind,
        left: Bool,
        stage: SMTPStage?,
        label: String
    ) {
        #expect(self.outcome(kind, left: left, at: stage).label == label)
    }

    @Test(arguments: [
        ("5.1.1 x", "5.1.1"), ("5.1.10", "5.1.10"), ("4.2.0\nmore", "4.2.0"), ("5.1 x", nil), ("hello 5.1.1", nil),
        ("5.1.1.2 x", nil), ("", nil),
    ])
    func `a status is read from the start of a reply`(text: String, status: String?) {
        #expect(SMTPReply(code: 550, text: text).enhancedStatus == status)
    }
}
