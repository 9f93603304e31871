package import Signatures

/// Signs mails with DKIM (RFC 6376): `rsa-sha256`, `relaxed/relaxed`, for the sender's domain.
///
/// What a mail is and whom it is from is named once more than it is there, so that nobody can add another one; so are
/// the headers by which it is unsubscribed from, which RFC 8058 wants signed.
package struct DKIMSigner: Sendable {
    /// In the order in which they are named.
    private static let signed = [
        "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version",
        "content-type", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
    ]
    private static let sealed: Set = [
        "from", "to", "subject", "date", "reply-to", "message-id", "content-type", "list-unsubscribe",
        "list-unsubscribe-post",
    ]
    private static let lineLength = 72

    private let domain: String
    private let selector: String
    private let key: RSAPrivateKey
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - domain: the sender's, in lower case.
    ///   - selector: names the key below `_domainkey` of the domain.
    ///   - now: Unix milliseconds.
    package init(domain: String, selector: String, key: RSAPrivateKey, now: @escaping @Sendable () -> Int64) {
        self.domain = domain
        self.selector = selector
        self.key = key
        self.now = now
    }

    /// The name and the text of the TXT record that must be in the domain's DNS.
    package var record: (name: String, text: String) {
        let body = self.key.publicPEM.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        return ("\(self.selector)._domainkey.\(self.domain)", "v=DKIM1; k=rsa; p=\(body)")
    }

    /// The message with its signature before it.
    ///
    /// - Parameter message: as it goes over the wire: headers, an empty line, the body, lines ended by CRLF.
    /// - Throws: `SignatureError` when libcrypto fails.
    package func sign(_ message: [UInt8]) throws(SignatureError) -> [UInt8] {
        let (headers, body) = Self.parts(of: message)
        let present = Self.signed.filter { name in headers.contains { $0.name == name } }
        // The second mention stands for "and no other one".
        let names = present + Self.signed.filter(Self.sealed.contains)
        let digest = Base64.encode(try SHA256.digest(of: Self.relaxed(body: body)))
        let start = [
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d=\(self.domain);",
            " s=\(self.selector); t=\(self.now() / 1000);",
            Self.folded("h=", names.joined(separator: ":") + ";", after: ":"),
            " bh=\(digest);", " b=",
        ].joined(separator: "\r\n")
        var data: [UInt8] = []
        for name in present {
            guard let header = headers.last(where: { $0.name == name }) else { continue }
            data += Self.relaxed(name: name, value: header.value) + [13, 10]
        }
        data += Self.relaxed(name: "dkim-signature", value: Array(start.utf8))
        let signature = Base64.encode(try self.key.sign(data))
        let value = start + Self.folded("", signature, after: nil).dropFirst()
        return Array("DKIM-Signature: \(value)\r\n".utf8) + message
    }

    /// Breaks a long text into lines that begin with a space: after a mark, or anywhere.
    private static func folded(_ name: String, _ text: String, after mark: Character?) -> String {
        var (lines, line) = ([String](), " " + name)
        var word = ""
        for character in text {
            word.append(character)
            guard mark == nil || character == mark || character == ";" else { continue }
            if line.count + word.count > Self.lineLength {
                lines.append(line)
                line = " "
            }
            line += word
            word = ""
        }
        return (lines + [line + word]).joined(separator: "\r\n")
    }

    // MARK: - Canonical forms

    private static func parts(of message: [UInt8]) -> (
        headers: [(name: String, value: [UInt8])], body: ArraySlice<UInt8>
    ) {
        var headers: [(name: String, value: [UInt8])] = []
        var rest = message[...]
        while let end = rest.firstIndex(of: 10) {
            let line = rest[rest.startIndex...end]
            rest = rest[(end + 1)...]
            guard line.count > 2 else { break }
            if line.first == 32 || line.first == 9 {
                headers[headers.count - 1].value += line
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                headers.append((name, Array(line[(colon + 1)...])))
            }
        }
        return (headers, rest)
    }

    /// Unfolded, every run of blanks one space, none at the ends.
    private static func relaxed(name: String, value: [UInt8]) -> [UInt8] {
        var text = Array("\(name):".utf8)
        var isBlank = false
        let start = text.count
        for byte in value where byte != 13 && byte != 10 {
            if byte == 32 || byte == 9 {
                isBlank = true
                continue
            }
            if isBlank, text.count > start { text.append(32) }
            isBlank = false
            text.append(byte)
        }
        return text
    }

    /// Every run of blanks one space, none at the ends of lines, no empty lines at the end.
    private static func relaxed(body: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(body.count)
        var (emptyLines, isBlank, isLineStart) = (0, false, true)
        for byte in body {
            switch byte {
            case 13: continue
            case 10:
                if isLineStart { emptyLines += 1 } else { text += [13, 10] }
                (isBlank, isLineStart) = (false, true)
            case 32, 9: isBlank = true
            default:
                for _ in 0..<emptyLines { text += [13, 10] }
                emptyLines = 0
                if isBlank { text.append(32) }
                (isBlank, isLineStart) = (false, false)
                text.append(byte)
            }
        }
        if !isLineStart { text += [13, 10] }
        return text
    }
}
