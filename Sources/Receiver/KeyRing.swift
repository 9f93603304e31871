package import LagoEvents
internal import Signatures
package import Store
private import Synchronization

/// What a webhook is believed by, as known at this moment: Lago's public keys and our organisation.
///
/// The HMAC keys and the accepted algorithms do not change while the service runs and are the verifier's own.
package final class KeyRing: Sendable {
    /// How long a key stays good after another has taken its place: 24 hours, in milliseconds.
    package static let formerKeyLifetime: Int64 = 86_400_000

    private struct State {
        var keys: [(key: RSAPublicKey, supersededAt: Int64?)] = []
        var organization: OrganizationID?
    }

    private let state: Mutex<State>
    private let wishes: AsyncStream<Void>.Continuation
    /// One element for each time that somebody failed against the keys, several at once being one.
    let refreshWishes: AsyncStream<Void>

    package init(organization: OrganizationID? = nil) {
        self.state = Mutex(State(organization: organization))
        (self.refreshWishes, self.wishes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package var organization: OrganizationID? { self.state.withLock { $0.organization } }

    /// The current key and, for a day, the former one.
    func keys(at now: Int64) -> [RSAPublicKey] {
        self.state.withLock { state in
            state.keys.filter { $0.supersededAt.map { now < $0 + Self.formerKeyLifetime } ?? true }.map(\.key)
        }
    }

    /// Takes over what the store holds; a key that cannot be read is left out. A configured organisation stays.
    package func adopt(_ identity: LagoIdentity) {
        let keys = identity.keys.compactMap { key in
            (try? RSAPublicKey(pem: key.pem)).map { (key: $0, supersededAt: key.supersededAt) }
        }
        self.state.withLock { state in
            state.keys = keys
            state.organization = state.organization ?? identity.organization
        }
    }

    /// Says that a signature failed, which a newer key might mend.
    func wishRefresh() {
        self.wishes.yield()
    }
}
