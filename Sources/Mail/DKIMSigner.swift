package import Settings
package import Signatures

/// Signs mails with DKIM (RFC 6376): `rsa-sha256`, `relaxed/relaxed`, the whole body.
///
/// What a mail is and whom it is from is named once more than it is there, so that nobody can add another one; so are
/// the headers by which it is unsubscribed from, which RFC 8058 wants signed.
package struct DKIMSigner: Sendable {
    /// What must stand in the DNS for a signature to hold: `name TXT "text"`.
    package struct Record: Hashable, Sendable, CustomStringConvertible {
        /// `selector._domainkey.domain`.
        package let name: String
        /// `v=DKIM1; k=rsa; p=…`, with the public key in base64; longer than the 255 bytes of one string of DNS.
        package let text: String

        package var description: String { "\(self.name) TXT \"\(self.text)\"" }
    }

    /// In the order in which they are named.
    private static let signed = [
        "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version",
        "content-type", "content-transfer-encoding", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
    ]
    private static let sealed: Set = [
        "from", "to", "subject", "date", "reply-to", "message-id", "content-type", "list-unsubscribe",
        "list-unsubscribe-post",
    ]
    private static let lineLength = 76

    /// Whose signature it is: the sender's domain, or one that it is below.
    package let domain: String
    private let selector: String
    private let key: RSAPrivateKey
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - domain: the sender's or one above it, in lower case.
    ///   - selector: names the key below `_domainkey` of the domain.
    ///   - now: Unix milliseconds, of which the signature tells.
    package init(domain: String, selector: String, key: RSAPrivateKey, now: @escaping @Sendable () -> Int64) {
        self.domain = domain
        self.selector = selector
        self.key = key
        self.now = now
    }

    /// - Returns: nil where the settings name no key.
    /// - Throws: `MailError.signature` for a key that the settings should not have let pass.
    package init?(settings: MailSettings, now: @escaping @Sendable () -> Int64) throws(MailError) {
        guard let dkim = settings.dkim else { return nil }
        do throws(SignatureError) {
            self.init(domain: dkim.domain, selector: dkim.selector, key: try RSAPrivateKey(pem: dkim.key), now: now)
        } catch {
            throw .signature(message: "\(error)")
        }
    }

    package var record: Record {
        let body = self.key.publicPEM.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return Record(name: "\(self.selector)._domainkey.\(self.domain)", text: "v=DKIM1; k=rsa; p=\(body)")
    }

    /// The message with its signature before it.
    ///
    /// - Parameter message: as it goes over the wire: headers, an empty line, the body, lines ended by CRLF.
    /// - Throws: `SignatureError` when libcrypto fails.
    package func sign(_ message: [UInt8]) throws(SignatureError) -> [UInt8] {
        let (headers, body) = DKIMCanonical.parts(of: message)
        // Where a header is there more than once, it is the last that is named first (5.4.2).
        let covered = Self.signed.flatMap { name in headers.reversed().filter { $0.name == name } }
        // One mention more stands for "and no other one".
        let names = covered.map(\.name) + Self.signed.filter(Self.sealed.contains)
        let unsigned = self.header(names: names, digest: try SHA256.digest(of: DKIMCanonical.body(body)))
        var data: [UInt8] = []
        for header in covered { data += DKIMCanonical.header(header.name, header.value) + Array("\r\n".utf8) }
        data += DKIMCanonical.header("dkim-signature", unsigned.utf8)
        let signature = Self.lines(of: Base64.encode(try self.key.sign(data)))
        return Array("DKIM-Signature:\(unsigned)\(signature)\r\n".utf8) + message
    }

    /// What follows the header's name, up to where the signature itself belongs.
    private func header(names: [String], digest: [UInt8]) -> String {
        var lines = [" v=1; a=rsa-sha256; c=relaxed/relaxed;"]
        func add(_ piece: String, after gap: String) {
            let last = lines[lines.count - 1]
            // The first line stands beside the header's name.
            let used = last.utf8.count + gap.utf8.count + (lines.count == 1 ? "DKIM-Signature:".utf8.count : 0)
            if used + piece.utf8.count > Self.lineLength {
                lines.append(" " + piece)
            } else {
                lines[lines.count - 1] = last + gap + piece
            }
        }
        add("d=\(self.domain);", after: " ")
        add("s=\(self.selector);", after: " ")
        add("t=\(self.now() / 1000);", after: " ")
        for (index, name) in names.enumerated() {
            let end = index == names.count - 1 ? ";" : ":"
            add((index == 0 ? "h=" : "") + name + end, after: index == 0 ? " " : "")
        }
        lines += [" bh=\(Base64.encode(digest));", " b="]
        return lines.joined(separator: "\r\n")
    }

    /// A signature after its `b=`, broken into lines that begin with a space.
    private static func lines(of signature: String) -> String {
        var (rest, lines) = (signature[...], [Substring]())
        while !rest.isEmpty {
            lines.append(rest.prefix(Self.lineLength - 4))
            rest = rest.dropFirst(Self.lineLength - 4)
        }
        return lines.joined(separator: "\r\n ")
    }
}
