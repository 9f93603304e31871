package import Settings
package import Transport

/// Hands messages to the relay of `SMTP_URL`.
package struct SMTPSink: Sendable {
    private let engine: TransferEngine
    private let url: String
    private let tls: SMTPDelivery.TLS
    private let username: String?
    private let password: String?
    private let pace: MailPace
    private let gate: ConnectionGate

    /// - Parameters:
    ///   - url: `smtp://host:port` or `smtps://host:port`.
    ///   - maximumConnections: mails at a time; the engine must have as many mail connections.
    ///   - maximumPerMinute: nil for no limit.
    package init(
        engine: TransferEngine,
        url: String,
        tls: SMTPDelivery.TLS,
        username: String?,
        password: String?,
        maximumConnections: Int,
        maximumPerMinute: Int?
    ) {
        self.engine = engine
        self.url = url
        self.tls = tls
        self.username = username
        self.password = password
        self.pace = MailPace(maximumPerMinute: maximumPerMinute)
        self.gate = ConnectionGate(maximumConnections)
    }

    /// How long the pace lets no mail go; nil when it does.
    package var wait: Duration? { self.pace.wait(at: .now) }

    /// Hands one message in, in these bytes. Waits for a connection, not for the pace.
    package func send(_ bytes: [UInt8], of message: MailMessage) async -> MailOutcome {
        let delivery = self.delivery(from: message.from.address, to: message.to.address, bytes)
        let outcome = await self.gate.pass(message.to.address.domain.lowercased()) { () -> MailOutcome in
            if let wait = self.pace.take(at: .now) { return .later(after: wait) }
            do throws(TransferError) {
                return .sent(try await self.engine.deliver(delivery))
            } catch {
                return MailOutcome(error)
            }
        }
        return outcome ?? .interrupted(mayHaveLeft: false)
    }

    /// Connects, and goes through TLS and AUTH, without a mail.
    ///
    /// - Returns: nil when the relay is ready; `relayUnavailable` or `interrupted` when not.
    package func probe(from sender: MailAddress) async -> MailOutcome? {
        do throws(TransferError) {
            try await self.engine.probe(self.delivery(from: sender, to: sender, [0x0d, 0x0a]))
            return nil
        } catch {
            return MailOutcome(error)
        }
    }

    private func delivery(from sender: MailAddress, to recipient: MailAddress, _ message: [UInt8]) -> SMTPDelivery {
        SMTPDelivery(
            url: self.url,
            tls: self.tls,
            username: self.username,
            password: self.password,
            sender: sender.text,
            recipients: [recipient.text],
            message: message
        )
    }
}
