internal import HTTPTypes

extension HTTPField.Name {
    // Names that the HTTP library has not: constants of letters and dashes, which are always names.
    static let warning = Self.named("Warning")
    static let idempotencyKey = Self.named("Idempotency-Key")
    static let replayed = Self.named("Idempotent-Replayed")
    static let forwardedFor = Self.named("X-Forwarded-For")
    static let rateLimit = Self.named("RateLimit-Limit")
    static let rateRemaining = Self.named("RateLimit-Remaining")
    static let rateReset = Self.named("RateLimit-Reset")

    static func named(_ name: String) -> HTTPField.Name {
        HTTPField.Name(name) ?? .accept
    }
}
