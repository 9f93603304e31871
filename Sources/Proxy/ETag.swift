package import HTTPTypes
private import Signatures

extension APIAnswer {
    /// The answer to a `GET` with its `ETag`; 304 without a body where the caller has it already (RFC 9110, 13.1.2).
    ///
    /// What is streamed, and errors, have none.
    package func tagged(for headers: HTTPFields) -> APIAnswer {
        guard self.status == .ok, case .bytes(let bytes) = self.body, let digest = try? SHA256.digest(of: bytes) else {
            return self
        }
        let tag = "\"" + digest.prefix(16).hexadecimal + "\""
        var answer = self
        answer.headers[.eTag] = tag
        guard let known = headers[.ifNoneMatch], Self.names(tag, in: known) else { return answer }
        answer.status = .notModified
        answer.headers[.contentType] = nil
        answer.body = .bytes([])
        return answer
    }

    /// Whether a list of tags has this one; weak ones count, as the comparison is a weak one.
    private static func names(_ tag: String, in list: String) -> Bool {
        list.split(separator: ",").contains { part in
            let part = part.drop { $0 == " " }
            let end = part.lastIndex { $0 != " " }.map { part[...$0] } ?? part
            return end == "*" || end == tag || end == "W/" + tag
        }
    }
}

extension Sequence<UInt8> {
    /// Two digits for each byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: self.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
