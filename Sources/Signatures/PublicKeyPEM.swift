import CLibCrypto

/// The public half of a key that somebody else signs tokens with, found to be of use: RSA, or EC on P-256.
package struct PublicKeyPEM: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// 2048 to 8192 bits: signs RS256.
        case rsa
        /// Signs ES256.
        case p256
    }

    package let kind: Kind
    /// As OpenSSL writes it, whatever form it was read in: `-----BEGIN PUBLIC KEY-----`, the curve by its name, the point uncompressed.
    package let text: String

    /// Reads a `-----BEGIN PUBLIC KEY-----` text (SubjectPublicKeyInfo).
    ///
    /// - Throws: `SignatureError.unfitKey` for anything else, and for other kinds, curves and lengths; the reason is in words.
    package init(_ pem: String) throws(SignatureError) {
        let bytes = Array(pem.utf8)
        guard let source = unsafe BIO_new_mem_buf(bytes, CInt(bytes.count)) else {
            throw .libcrypto(function: "BIO_new_mem_buf")
        }
        defer { unsafe BIO_free(source) }
        guard let key = unsafe PEM_read_bio_PUBKEY(source, nil, nil, nil) else {
            ERR_clear_error()
            throw .unfitKey(reason: Self.whyUnread(pem))
        }
        defer { unsafe EVP_PKEY_free(key) }
        let bits = unsafe EVP_PKEY_get_bits(key)
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA:
            guard (2048...8192).contains(bits) else {
                throw .unfitKey(reason: "has \(bits) bits, where 2048 are the least and 8192 the most")
            }
            self.kind = .rsa
        case EVP_PKEY_EC:
            guard unsafe Self.curve(of: key) == "prime256v1" else {
                throw .unfitKey(reason: "is not on the curve P-256")
            }
            for (name, value) in [("point-format", "uncompressed"), ("encoding", "named_curve")] {
                guard unsafe EVP_PKEY_set_utf8_string_param(key, name, value) == 1 else {
                    throw .libcrypto(function: "EVP_PKEY_set_utf8_string_param")
                }
            }
            self.kind = .p256
        default: throw .unfitKey(reason: "is neither an RSA nor an EC key")
        }
        self.text = try unsafe Self.text(of: key)
    }

    private static func whyUnread(_ pem: String) -> String {
        if pem.contains("PRIVATE KEY-----") { return "is the private half" }
        if pem.contains("CERTIFICATE-----") { return "is a certificate" }
        return "is no public key in PEM form, or a part of it is missing"
    }

    /// The name of an EC key's curve, also where its parameters are spelt out; empty where it has none.
    private static func curve(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1, length < name.count else {
            ERR_clear_error()
            return ""
        }
        return String(decoding: name[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(of key: OpaquePointer) throws(SignatureError) -> String {
        guard let sink = unsafe BIO_new(BIO_s_mem()) else { throw .libcrypto(function: "BIO_new") }
        defer { unsafe BIO_free(sink) }
        guard unsafe PEM_write_bio_PUBKEY(sink, key) == 1 else { throw .libcrypto(function: "PEM_write_bio_PUBKEY") }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = unsafe clibcrypto_bio_contents(sink, &bytes)
        guard let bytes = unsafe bytes else { throw .libcrypto(function: "BIO_get_mem_data") }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
