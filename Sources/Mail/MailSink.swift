package import Settings
package import Transport

/// Where messages are handed in: a relay, or a folder.
package struct MailSink: Sendable {
    private enum Way: Sendable {
        case smtp(SMTPSink)
        case folder(FolderSink)
    }

    private let way: Way
    private let sender: MailAddress
    private let signer: DKIMSigner?

    /// - Parameters:
    ///   - engine: with at least `settings.maximumConnections` mail connections.
    ///   - now: Unix milliseconds, of which signatures tell.
    /// - Returns: nil when the settings name no destination.
    /// - Throws: `MailError.folder` when mail goes to a folder that cannot be made or written; `MailError.signature` for
    ///   a key that the settings should not have let pass.
    package init?(
        settings: MailSettings,
        engine: TransferEngine,
        now: @escaping @Sendable () -> Int64
    ) throws(MailError) {
        self.signer = try DKIMSigner(settings: settings, now: now)
        self.sender = settings.from.address
        switch settings.destination {
        case nil:
            return nil
        case .folder(let path):
            self.way = .folder(try FolderSink(path: path))
        case .smtp(let url, let username, let password):
            let tls: SMTPDelivery.TLS =
                switch settings.tls {
                case .required: .required
                case .opportunistic: .opportunistic
                case .off: .off
                }
            self.way = .smtp(
                SMTPSink(
                    engine: engine,
                    url: url,
                    tls: tls,
                    username: username,
                    password: password,
                    maximumConnections: settings.maximumConnections,
                    maximumPerMinute: settings.maximumPerMinute
                )
            )
        }
    }

    /// How long `SMTP_MAX_PER_MINUTE` lets no mail go; nil when one may try.
    package var wait: Duration? {
        switch self.way {
        case .smtp(let sink): sink.wait
        case .folder: nil
        }
    }

    /// Makes one attempt to hand a message in. Never throws: what follows is the outcome's to say.
    package func send(_ message: MailMessage) async -> MailOutcome {
        let bytes: [UInt8]
        do {
            let unsigned = try message.bytes()
            bytes = try self.signer?.sign(unsigned) ?? unsigned
        } catch {
            return .invalid(reason: "\(error)")
        }
        return switch self.way {
        case .smtp(let sink): await sink.send(bytes, of: message)
        case .folder(let sink): sink.send(bytes, of: message)
        }
    }

    /// The DNS record that signatures need; nil where mails are not signed.
    package var record: DKIMSigner.Record? { self.signer?.record }

    /// Asks whether messages would be taken at all, without sending one.
    ///
    /// - Returns: nil when they would; `relayUnavailable` or `interrupted` when not.
    package func probe() async -> MailOutcome? {
        switch self.way {
        case .smtp(let sink): await sink.probe(from: self.sender)
        case .folder(let sink): sink.probe()
        }
    }
}
