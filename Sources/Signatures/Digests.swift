import CLibCrypto

/// SHA-256 as OpenSSL computes it.
package enum SHA256 {
    /// Returns the 32-byte digest of `message`.
    package static func digest(of message: [UInt8]) throws(SignatureError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let result = unsafe CLibCrypto.SHA256(message, message.count, &digest)
        guard unsafe result != nil else { throw .libcrypto(function: "SHA256") }
        return digest
    }
}

/// HMAC-SHA256 as OpenSSL computes it.
package enum HMACSHA256 {
    /// Returns the 32-byte digest of `message`, which must be the exact bytes that were signed.
    package static func digest(of message: [UInt8], key: [UInt8]) throws(SignatureError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var written: UInt32 = 0
        let result = unsafe HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &digest, &written)
        guard unsafe result != nil, written == 32 else { throw .libcrypto(function: "HMAC") }
        return digest
    }
}

/// Comparison whose time depends on the lengths alone.
package enum ConstantTime {
    /// Whether both hold the same bytes; lengths are no secret.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}

/// Random bytes from OpenSSL's generator.
package enum SecureRandom {
    /// Returns `count` unpredictable bytes.
    package static func bytes(_ count: Int) throws(SignatureError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe RAND_bytes(&bytes, CInt(count)) == 1 else { throw .libcrypto(function: "RAND_bytes") }
        return bytes
    }
}
