/// Why a signature was not accepted, or could not be checked.
///
/// The text never repeats a secret, a digest or a body.
package enum SignatureError: Error, Equatable, CustomStringConvertible {
    /// The signature does not belong to these bytes under this key.
    case mismatch
    /// The token or the key is not of the form that it claims; `what` names the part.
    case malformed(what: String)
    /// A key that is readable or not, but of no use here; `reason` completes "the key …".
    case unfitKey(reason: String)
    /// A libcrypto function failed where it never should; `function` names it.
    case libcrypto(function: String)

    package var description: String {
        switch self {
        case .mismatch: "the signature does not match"
        case .malformed(let what): "\(what) is malformed"
        case .unfitKey(let reason): "the key \(reason)"
        case .libcrypto(let function): "libcrypto: \(function) failed"
        }
    }
}
