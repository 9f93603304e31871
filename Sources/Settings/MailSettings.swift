private import Foundation

/// Where mail goes, from whom, and how it looks.
///
/// - `SMTP_URL` (secret; `smtp://user:password@host:port`, `smtps://…` or `file:///folder`): not set means no mail
/// - `SMTP_TLS` (`required`, `opportunistic`, `off`; default `required`): STARTTLS for `smtp://`
/// - `SMTP_MAX_CONNECTIONS` (int, 1...64, default 4)
/// - `SMTP_MAX_PER_MINUTE` (int, 1...100000, unlimited by default)
/// - `MAIL_FROM` (`Name <address>`): needed for SMTP; in a folder, `billing@localhost` by default
/// - `MAIL_REPLY_TO` (`Name <address>`)
/// - `OPERATOR_EMAIL` (addresses, comma-separated): who gets `operator_alert`
/// - `DEFAULT_LOCALE` (`en`, `fr`, `de`, `es`; default `en`)
/// - `TEMPLATES_DIR` (path): a folder like `templates/`, whose files replace the built-in ones one by one
/// - `PAYMENT_INSTRUCTIONS` (text; `\n` begins a new line): how to pay where there is no payment link
/// - `NOTICES_OFF` (message kinds, comma-separated): what is never mailed
/// - `MAIL_WEBHOOK_SECRET` (secret): what the mail provider proves its reports of bounces with, by HTTP Basic or
///   `?secret=`; for Mailgun its signing key, for Resend its signing secret (`whsec_…`). Not set means no such reports
/// - `DKIM_KEY` (secret; PEM of an RSA private key of 2048 to 4096 bits, whose line breaks may be `\n`) and
///   `DKIM_SELECTOR` (the name of its DNS record below `_domainkey`): mails are signed with DKIM
/// - `DKIM_DOMAIN` (host name; default `MAIL_FROM`'s domain): whose signature it is, that domain or one above it
/// - `BRAND_NAME`, `BRAND_LOGO_URL` (https URL), `BRAND_COLOR` (`#rrggbb`, default `#1d4ed8`),
///   `BRAND_FOOTER` (text; `\n` begins a new line)
package struct MailSettings: Sendable {
    /// Where messages are handed in.
    package enum Destination: Hashable, Sendable {
        /// A relay: `url` is `smtp://host:port` or `smtps://host:port`, without user name and password.
        case smtp(url: String, username: String?, password: String?)
        /// A folder of `.eml` files.
        case folder(path: String)
    }

    /// When the dialogue goes through TLS.
    package enum TLS: String, CaseIterable, Sendable {
        case required, opportunistic, off
    }

    /// A locale by the name of its templates' folder.
    package enum LocaleWord: String, CaseIterable, Sendable {
        case en, fr, de, es
    }

    /// How mails and pages look.
    package struct Brand: Hashable, Sendable {
        /// Nil: the name of `MAIL_FROM`, or its domain.
        package let name: String?
        package let logoURL: String?
        /// `#rrggbb`, in lower case.
        package let color: String
        package let footer: [String]
    }

    /// Nil when `SMTP_URL` is not set: no mail is sent.
    package let destination: Destination?
    package let tls: TLS
    package let maximumConnections: Int
    /// Nil: as fast as the relay takes them.
    package let maximumPerMinute: Int?
    package let from: Mailbox
    package let replyTo: Mailbox?
    package let operators: [MailAddress]
    package let brand: Brand
    package let defaultLocale: LocaleWord
    package let templatesFolder: String?
    package let noticesOff: [String]
    /// Nil: reports of mail providers are not taken.
    package let webhookSecret: String?
    /// Line by line; empty where nothing is set.
    package let paymentInstructions: [String]
    /// Nil: mails leave unsigned, for the relay to sign.
    package let dkim: DKIM?

    /// - Parameter hasPublicURL: whether `PUBLIC_URL` is set, which the links in mails begin with.
    package init(_ source: inout SettingsSource, hasPublicURL: Bool) {
        self.destination = Self.destination(&source)
        self.tls = source.word("SMTP_TLS", default: .required)
        self.maximumConnections = source.int("SMTP_MAX_CONNECTIONS", default: 4, in: 1...64)
        self.maximumPerMinute =
            source.text("SMTP_MAX_PER_MINUTE") == nil
            ? nil : source.int("SMTP_MAX_PER_MINUTE", default: 1, in: 1...100_000)
        let from = Self.mailbox("MAIL_FROM", &source)
        self.from = from ?? Mailbox(address: .billingAtLocalhost)
        self.replyTo = Self.mailbox("MAIL_REPLY_TO", &source)
        self.operators = Self.operators(&source)
        self.brand = Self.brand(&source)
        self.defaultLocale = source.word("DEFAULT_LOCALE", default: .en)
        self.templatesFolder = Self.templatesFolder(&source)
        self.noticesOff = source.list("NOTICES_OFF")
        self.webhookSecret = Self.webhookSecret(&source)
        self.paymentInstructions = Self.lines("PAYMENT_INSTRUCTIONS", source)
        self.dkim = DKIM(&source, sender: from?.address)
        if case .smtp = self.destination {
            if source.text("MAIL_FROM") == nil {
                source.note("MAIL_FROM", nil, "set it to the sender of mails, as Example Billing <billing@example.com>")
            }
            if !hasPublicURL {
                source.note(
                    "PUBLIC_URL",
                    nil,
                    "set it to where customers reach this server: links in mails begin with it"
                )
            }
        }
    }

    // MARK: - The parts

    private static func destination(_ source: inout SettingsSource) -> Destination? {
        guard let text = source.secret("SMTP_URL") else { return nil }
        let fix = "use smtp://user:password@host:port, smtps://… or file:///folder, with %-escapes in user and password"
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let parts = URLComponents(string: text),
            parts.query == nil, parts.fragment == nil
        else {
            source.note("SMTP_URL", nil, fix)
            return nil
        }
        switch parts.scheme?.lowercased() {
        case "file" where ["", "localhost"].contains(parts.host ?? "") && parts.path.count > 1 && parts.user == nil:
            return .folder(path: parts.path)
        case let scheme? where ["smtp", "smtps"].contains(scheme):
            guard let host = parts.host, !host.isEmpty, ["", "/"].contains(parts.path),
                (parts.user == nil) == (parts.password == nil)
            else { break }
            let port = parts.port ?? (scheme == "smtps" ? 465 : 587)
            return .smtp(url: "\(scheme)://\(host):\(port)", username: parts.user, password: parts.password)
        default: break
        }
        source.note("SMTP_URL", nil, fix)
        return nil
    }

    private static func mailbox(_ key: String, _ source: inout SettingsSource) -> Mailbox? {
        guard let text = source.text(key) else { return nil }
        do throws(MailAddressError) {
            return try Mailbox(text)
        } catch {
            source.note(key, text, "\(error); use an address, or Name <address>")
            return nil
        }
    }

    private static func operators(_ source: inout SettingsSource) -> [MailAddress] {
        let list = MailAddressList(source.text("OPERATOR_EMAIL"))
        for broken in list.broken { source.note("OPERATOR_EMAIL", broken.text, "\(broken.error); use addresses") }
        return list.addresses
    }

    private static func webhookSecret(_ source: inout SettingsSource) -> String? {
        guard let secret = source.secret("MAIL_WEBHOOK_SECRET"), !secret.isEmpty else { return nil }
        let prefix = "whsec_"
        if secret.hasPrefix(prefix), Data(base64Encoded: String(secret.dropFirst(prefix.count)))?.isEmpty != false {
            source.note("MAIL_WEBHOOK_SECRET", nil, "copy the whole signing secret: what follows whsec_ is no base64")
        }
        return secret
    }

    private static func templatesFolder(_ source: inout SettingsSource) -> String? {
        guard let path = source.text("TEMPLATES_DIR") else { return nil }
        let isFolder = (try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
        if !isFolder { source.note("TEMPLATES_DIR", path, "name a folder that can be read") }
        return isFolder ? path : nil
    }

    private static func brand(_ source: inout SettingsSource) -> Brand {
        let color = source.text("BRAND_COLOR") ?? "#1d4ed8"
        let isColor = color.wholeMatch(of: /#[0-9A-Fa-f]{6}/) != nil
        if !isColor { source.note("BRAND_COLOR", color, "use six hexadecimal digits after a #, as #1d4ed8") }
        let logo = source.webAddress("BRAND_LOGO_URL")
        return Brand(
            name: source.text("BRAND_NAME"),
            logoURL: logo,
            color: isColor ? color.lowercased() : "#1d4ed8",
            footer: Self.lines("BRAND_FOOTER", source)
        )
    }

    /// A text of several lines, which `\n` or a line break parts.
    private static func lines(_ key: String, _ source: SettingsSource) -> [String] {
        let text = source.text(key)?.replacingOccurrences(of: "\\n", with: "\n") ?? ""
        return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
