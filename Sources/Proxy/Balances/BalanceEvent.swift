private import LagoEvents
internal import NIOCore

/// A customer's balance as it goes over the wire: one server-sent event, whose bytes all its listeners share.
struct BalanceEvent: Sendable {
    /// Grows with each new balance of the customer.
    let id: Int64
    let bytes: ByteBuffer

    init(_ standing: AccountBalances.Standing) {
        let data = JSONText.object([
            ("external_customer_id", .text(standing.customer.rawValue)),
            ("accounts", .list(standing.accounts.map { .object($0.members) })),
        ])
        self.id = standing.revision
        var bytes = ByteBuffer(string: "id: \(standing.revision)\nevent: balance\ndata: ")
        bytes.writeBytes(data.bytes)
        bytes.writeString("\n\n")
        self.bytes = bytes
    }
}
