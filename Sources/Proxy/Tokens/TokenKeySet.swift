package import Logging
package import Transport

/// The keys that an issuer publishes as a JSON Web Key Set (RFC 7517), fetched when a token needs them.
///
/// - A set is fresh for 5 minutes; then the next token has it fetched again.
/// - A token whose key is not in it has it fetched at most once a minute, and one fetch runs at a time.
/// - While the address is away, the last set is used, for 24 hours at most.
package actor TokenKeySet {
    private struct Known {
        let keys: [PublishedKey]
        /// When they came, in Unix milliseconds.
        let since: Int64
    }

    private static let fresh: Int64 = 300_000
    private static let oldest: Int64 = 86_400_000
    /// From one fetch to the next, and while there is no set at all.
    private static let (pause, firstPause): (Int64, Int64) = (60_000, 10_000)
    private static let largest = 1 << 18

    private let url: String
    private let transfers: TransferEngine
    private let patience: Duration
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private var known: Known?
    private var fetchedAt: Int64?
    private var fetch: Task<Void, Never>?

    /// - Parameters:
    ///   - url: `https`, or `http` on this machine.
    ///   - patience: how long a fetch may take, and the tokens wait that need it.
    ///   - now: in Unix milliseconds.
    package init(
        url: String,
        transfers: TransferEngine,
        patience: Duration = .seconds(5),
        logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.url = url
        self.transfers = transfers
        self.patience = patience
        self.logger = logger
        self.now = now
    }

    /// Those that a token may have been signed with.
    func keys(for token: TokenText) async -> [TokenKey] {
        guard PublishedKey.algorithms.contains(token.algorithm) else { return [] }
        if !self.isFresh || self.matches(token).isEmpty { await self.refresh() }
        return self.matches(token)
    }

    private var isFresh: Bool { self.age.map { $0 < Self.fresh } ?? false }

    /// Of the set, in milliseconds; a clock that was set back makes it old.
    private var age: Int64? { self.known.map { self.now() - $0.since }.map { $0 < 0 ? Self.oldest : $0 } }

    private func matches(_ token: TokenText) -> [TokenKey] {
        guard let known = self.known, let age = self.age, age <= Self.oldest else { return [] }
        let keys = known.keys.filter { $0.key.algorithm == token.algorithm }
        // Without a name, a token's key is the only one there is.
        guard let id = token.keyID else { return keys.count == 1 ? keys.map(\.key) : [] }
        return keys.filter { $0.id == id }.map(\.key)
    }

    /// Waits for the fetch that is under way, or for a new one where it is time for it.
    private func refresh() async {
        if let fetch = self.fetch { return await fetch.value }
        let pause = self.known == nil ? Self.firstPause : Self.pause
        if let last = self.fetchedAt, (0..<pause).contains(self.now() - last) { return }
        self.fetchedAt = self.now()
        // A task of its own: many requests wait for it, and the first of them may be given up.
        let fetch = Task { await self.load() }
        self.fetch = fetch
        await fetch.value
    }

    private func load() async {
        defer { self.fetch = nil }
        do {
            let request = TransferRequest(
                url: self.url,
                headers: [("Accept", "application/json")],
                deadline: self.patience,
                connectDeadline: self.patience,
                maximumResponseSize: Self.largest
            )
            let answer = try await self.transfers.send(request)
            guard answer.status == 200 else { throw TokenKeySetError.status(answer.status) }
            let keys = try PublishedKey.read(answer.body)
            self.known = Known(keys: keys, since: self.now())
            self.logger.info("token keys fetched", metadata: ["usable": "\(keys.count)"])
        } catch {
            self.logger.warning(
                "token keys not fetched",
                metadata: ["error": "\(error)", "kept": "\(self.known?.keys.count ?? 0)"]
            )
        }
    }
}

/// Why an issuer's keys were not taken.
enum TokenKeySetError: Error, CustomStringConvertible {
    /// Not 200: redirects are not followed.
    case status(Int)
    case unreadable

    var description: String {
        switch self {
        case .status(let status): "API_JWKS_URL was answered with status \(status), which is not 200"
        case .unreadable: "what API_JWKS_URL was answered with is no key set"
        }
    }
}
