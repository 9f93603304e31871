import Signatures
import TestSupport
import Testing

/// Key pairs for all tests of this room: making one costs more than most tests.
enum Keys {
    private static let made = Result { (try RSAPrivateKey(), try RSAPrivateKey(), try RSAPrivateKey()) }

    /// Lago's key of now.
    static var current: RSAPrivateKey { get throws { try Self.made.get().0 } }
    /// Lago's key of before.
    static var former: RSAPrivateKey { get throws { try Self.made.get().1 } }
    /// A key that Lago never had.
    static var stranger: RSAPrivateKey { get throws { try Self.made.get().2 } }
}
