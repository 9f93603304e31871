private import Foundation
private import Signatures

extension MailSettings {
    /// What mails are signed with: `DKIM_KEY`, `DKIM_SELECTOR` and `DKIM_DOMAIN`.
    package struct DKIM: Hashable, Sendable {
        /// PEM of an RSA private key that was read once; a secret.
        package let key: String
        package let selector: String
        /// The sender's domain, or one that it is below; in lower case.
        package let domain: String

        /// RFC 8301, 3.2: what those who verify must be able to read.
        private static let bits = 2048...4096

        /// - Parameter sender: of `MAIL_FROM`; nil where it is not set or cannot be read, which others tell of.
        /// - Returns: nil where mails are not to be signed, and where something is wrong, which is noted.
        init?(_ source: inout SettingsSource, sender: MailAddress?) {
            let (key, selector) = (source.secret("DKIM_KEY"), source.text("DKIM_SELECTOR"))
            guard key != nil || selector != nil || source.text("DKIM_DOMAIN") != nil else { return nil }
            // Each of them is looked at, so that one start shows all that is wrong.
            let parts = (
                key: Self.key(key, &source), selector: Self.selector(selector, &source),
                domain: Self.domain(sender, &source)
            )
            guard let key = parts.key, let selector = parts.selector, let domain = parts.domain else { return nil }
            guard "\(selector)._domainkey.\(domain)".utf8.count <= 253 else {
                source.note(
                    "DKIM_SELECTOR",
                    selector,
                    "use a shorter one: no name in DNS is longer than 253 characters"
                )
                return nil
            }
            (self.key, self.selector, self.domain) = (key, selector, domain)
        }

        private static func key(_ text: String?, _ source: inout SettingsSource) -> String? {
            guard let text else {
                // A file that cannot be read is a problem by itself.
                guard source.text("DKIM_KEY_FILE") == nil else { return nil }
                source.note("DKIM_KEY", nil, "set it to the RSA private key in PEM form, or DKIM_KEY_FILE to its file")
                return nil
            }
            // One line is all that some environments hold.
            let pem = text.replacingOccurrences(of: "\\n", with: "\n")
            let fix = "use an RSA private key of \(Self.bits.lowerBound) to \(Self.bits.upperBound) bits in PEM form"
            do throws(SignatureError) {
                let key = try RSAPrivateKey(pem: pem)
                if Self.bits.contains(key.bits) { return pem }
                source.note("DKIM_KEY", nil, "the key has \(key.bits) bits, which not every mail server reads; \(fix)")
            } catch {
                source.note("DKIM_KEY", nil, "\(error); \(fix), without a passphrase")
            }
            return nil
        }

        private static func selector(_ text: String?, _ source: inout SettingsSource) -> String? {
            guard let text else {
                source.note("DKIM_SELECTOR", nil, "name the key's record below _domainkey, as sluice1")
                return nil
            }
            let label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
            guard text.range(of: "^\(label)(\\.\(label))*$", options: .regularExpression)?.upperBound == text.endIndex
            else {
                source.note("DKIM_SELECTOR", text, "use letters, digits and hyphens, as sluice1")
                return nil
            }
            return text
        }

        /// The sender's domain where none is set: receivers heed a signature for it, or for one above it (RFC 7489, 3.1.1).
        private static func domain(_ sender: MailAddress?, _ source: inout SettingsSource) -> String? {
            let own = sender?.domain ?? MailAddress.billingAtLocalhost.domain
            guard let text = source.text("DKIM_DOMAIN") else { return own }
            guard let domain = DomainName.ascii(text) else {
                source.note("DKIM_DOMAIN", text, "use a host name, as example.com")
                return nil
            }
            guard sender != nil, domain != own else { return domain }
            // A domain without a dot is a registry's, which signs for nobody.
            guard own.hasSuffix("." + domain), domain.contains(".") else {
                source.note("DKIM_DOMAIN", text, "use \(own), the domain of MAIL_FROM, or one above it")
                return nil
            }
            return domain
        }
    }
}
