import CLibCrypto
private import Synchronization

/// An RSA public key that checks RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256).
///
/// One key may be used from many threads at once.
package final class RSAPublicKey: Sendable {
    /// The key in PEM form, as it was given: its identity in the store and in comparisons.
    package let pem: String
    private let handle: Mutex<KeyHandle>

    /// Reads a `-----BEGIN PUBLIC KEY-----` text (SubjectPublicKeyInfo).
    ///
    /// - Throws: `SignatureError.malformed` for anything else, and for a key that is not RSA or shorter than 2048 bits.
    package init(pem: String) throws(SignatureError) {
        self.pem = pem
        let handle = try KeyHandle(publicPEM: pem)
        guard handle.isRSA, handle.bits >= 2048 else { throw .malformed(what: "the RSA public key") }
        self.handle = Mutex(handle)
    }

    /// Reads the key as Lago serves it: base64, broken into lines of 60 characters, over a PEM text.
    ///
    /// - Source: `webhook.public_key` of `GET /webhooks/json_public_key`.
    package convenience init(lagoText: String) throws(SignatureError) {
        guard let bytes = Base64.decodeLines(lagoText) else { throw .malformed(what: "the public key's base64") }
        try self.init(pem: String(decoding: bytes, as: UTF8.self))
    }

    /// Checks that `signature` was made over exactly `message` with this key's private half.
    ///
    /// - Throws: `SignatureError.mismatch` when it was not.
    package func verify(_ signature: [UInt8], of message: [UInt8]) throws(SignatureError) {
        let address = try self.handle.withLock { key throws(SignatureError) in try key.retain() }
        try KeyHandle(retained: address).verify(signature, of: message)
    }
}

/// An RSA key pair that signs RS256, as mails are signed, and as Lago signs webhooks.
package final class RSAPrivateKey: Sendable {
    /// The public half, `-----BEGIN PUBLIC KEY-----`.
    package let publicPEM: String
    /// The length of the modulus.
    package let bits: Int
    private let handle: Mutex<KeyHandle>

    /// Generates a new key of 2048 bits.
    package init() throws(SignatureError) {
        let handle = try KeyHandle(generatingBits: 2048)
        self.bits = Int(handle.bits)
        self.publicPEM = try handle.publicPEM()
        self.handle = Mutex(handle)
    }

    /// Reads a private key's PEM text, `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`.
    ///
    /// - Throws: `SignatureError.unfitKey` for anything else, for a key behind a passphrase, that is not RSA, shorter
    ///   than 2048 bits or damaged; with the reason in words, and nothing of the key.
    package init(pem: String) throws(SignatureError) {
        let handle = try KeyHandle(privatePEM: pem)
        guard handle.isRSA else { throw .unfitKey(reason: "is not an RSA key") }
        guard handle.bits >= 2048 else { throw .unfitKey(reason: "has \(handle.bits) bits, where 2048 are the least") }
        do throws(SignatureError) {
            // Numbers that do not belong together read well and sign what nobody can verify.
            try handle.verify(try handle.sign([]), of: [])
        } catch {
            throw .unfitKey(reason: "is damaged: its own signatures do not hold")
        }
        self.bits = Int(handle.bits)
        self.publicPEM = try handle.publicPEM()
        self.handle = Mutex(handle)
    }

    /// Signs `message`; the same message always gives the same bytes, as many as the key has.
    package func sign(_ message: [UInt8]) throws(SignatureError) -> [UInt8] {
        let address = try self.handle.withLock { key throws(SignatureError) in try key.retain() }
        return try KeyHandle(retained: address).sign(message)
    }
}

/// Owns one reference to an OpenSSL key, whose count is atomic.
@safe private struct KeyHandle: ~Copyable {
    private let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    init(publicPEM: String) throws(SignatureError) {
        let bytes = Array(publicPEM.utf8)
        guard let source = unsafe BIO_new_mem_buf(bytes, CInt(bytes.count)) else {
            throw .libcrypto(function: "BIO_new_mem_buf")
        }
        defer { unsafe BIO_free(source) }
        guard let pointer = unsafe PEM_read_bio_PUBKEY(source, nil, nil, nil) else {
            throw .malformed(what: "the public key's PEM")
        }
        unsafe self.init(owning: pointer)
    }

    init(privatePEM: String) throws(SignatureError) {
        let bytes = Array(privatePEM.utf8)
        guard let source = unsafe BIO_new_mem_buf(bytes, CInt(bytes.count)) else {
            throw .libcrypto(function: "BIO_new_mem_buf")
        }
        defer { unsafe BIO_free(source) }
        // Without a callback that fails, libcrypto would ask for a passphrase at the terminal.
        guard let pointer = unsafe PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil) else {
            ERR_clear_error()
            throw .unfitKey(reason: Self.whyUnread(privatePEM))
        }
        unsafe self.init(owning: pointer)
    }

    private static func whyUnread(_ pem: String) -> String {
        if pem.contains("ENCRYPTED") { return "is locked by a passphrase" }
        if pem.contains("PUBLIC KEY-----") { return "is the public half" }
        return "is no private key in PEM form, or a part of it is missing"
    }

    init(generatingBits bits: UInt32) throws(SignatureError) {
        guard let pointer = unsafe clibcrypto_generate_rsa(bits) else { throw .libcrypto(function: "EVP_RSA_gen") }
        unsafe self.init(owning: pointer)
    }

    deinit {
        unsafe EVP_PKEY_free(self.pointer)
    }

    var isRSA: Bool { unsafe EVP_PKEY_get_base_id(self.pointer) == EVP_PKEY_RSA }
    var bits: CInt { unsafe EVP_PKEY_get_bits(self.pointer) }

    /// Takes over a reference that `retain` counted.
    init(retained address: UInt) throws(SignatureError) {
        guard let pointer = unsafe OpaquePointer(bitPattern: address) else { throw .libcrypto(function: "EVP_PKEY") }
        unsafe self.init(owning: pointer)
    }

    /// Counts a second reference to the same key, so that the work can go on outside the lock; returns its address,
    /// which is only good for `init(retained:)`.
    func retain() throws(SignatureError) -> UInt {
        guard unsafe EVP_PKEY_up_ref(self.pointer) == 1 else { throw .libcrypto(function: "EVP_PKEY_up_ref") }
        return unsafe UInt(bitPattern: self.pointer)
    }

    func publicPEM() throws(SignatureError) -> String {
        guard let sink = unsafe BIO_new(BIO_s_mem()) else { throw .libcrypto(function: "BIO_new") }
        defer { unsafe BIO_free(sink) }
        guard unsafe PEM_write_bio_PUBKEY(sink, self.pointer) == 1 else {
            throw .libcrypto(function: "PEM_write_bio_PUBKEY")
        }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = unsafe clibcrypto_bio_contents(sink, &bytes)
        guard let bytes = unsafe bytes else { throw .libcrypto(function: "BIO_get_mem_data") }
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: count),
            as: UTF8.self
        )
    }

    func verify(_ signature: [UInt8], of message: [UInt8]) throws(SignatureError) {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .libcrypto(function: "EVP_MD_CTX_new") }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, self.pointer) == 1 else {
            throw .libcrypto(function: "EVP_DigestVerifyInit")
        }
        let result = unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count)
        guard result == 1 else {
            ERR_clear_error()
            throw .mismatch
        }
    }

    func sign(_ message: [UInt8]) throws(SignatureError) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw .libcrypto(function: "EVP_MD_CTX_new") }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, self.pointer) == 1 else {
            throw .libcrypto(function: "EVP_DigestSignInit")
        }
        var signature = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(self.pointer)))
        var count = signature.count
        guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
            ERR_clear_error()
            throw .libcrypto(function: "EVP_DigestSign")
        }
        return Array(signature.prefix(count))
    }
}
