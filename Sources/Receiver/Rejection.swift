package import Hummingbird

/// Why a request was turned away: a closed set, for metrics, the log and the table of rejected requests.
package enum Rejection: String, Error, CaseIterable, Sendable {
    /// The signature is missing or belongs to other bytes or another key.
    case signature
    /// The algorithm is none that the settings accept, or the token's is not RS256.
    case algorithm
    /// The token is sound, and its `data` is not this body.
    case dataMismatch = "data_mismatch"
    /// The token's `iss` is not the one that the settings name.
    case issuer
    /// Signed, and another organisation's or, under `jwt`, nobody's.
    case organisation
    /// The body or the headers pass their limit.
    case tooLarge = "too_large"
    /// Headers or body did not arrive in time.
    case tooSlow = "too_slow"
    /// Not HTTP, or no token.
    case malformed

    /// What the sender is answered.
    package var status: HTTPResponse.Status {
        switch self {
        case .signature, .algorithm, .dataMismatch, .issuer, .malformed: .unauthorized
        case .organisation: .forbidden
        case .tooLarge: .contentTooLarge
        case .tooSlow: .requestTimeout
        }
    }

    /// Whether a newer key of Lago's could have made the difference.
    var mayBeStaleKey: Bool { self == .signature }
}

/// The service cannot say yet whether the request is good, or cannot keep it: the sender is asked to come again.
package struct Unavailable: Error, CustomStringConvertible {
    package let description: String
}
