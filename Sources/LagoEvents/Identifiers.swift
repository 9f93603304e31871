/// Lago's name for one event: the value of `X-Lago-Unique-Key`, the same on every retry.
///
/// For a Lago too old to send the header, the hexadecimal digest of the body.
package struct EventKey: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A Lago organisation's id, a UUID in lower case.
///
/// - Source: `organization_id` of a webhook, `lago_id` of `GET /organizations`.
package struct OrganizationID: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
}

/// The operator's own name for a customer; any text, dots and `@` included.
///
/// - Source: `external_id` of Lago's customer object, `external_customer_id` elsewhere.
package struct CustomerID: RawRepresentable, Hashable, Codable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// Byte for byte, as Lago and the store tell customers apart: Swift takes texts for equal that only look alike.
    package static func == (left: CustomerID, right: CustomerID) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.rawValue) }
}
