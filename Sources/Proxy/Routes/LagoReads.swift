private import Foundation
package import HTTPTypes
package import LagoAPI
package import LagoEvents
package import Logging
package import Store
private import Transport

/// Reads of Lago on behalf of a caller: passed on as they were received, and kept, so that there is an answer while Lago
/// is away.
package struct LagoReads: Sendable {
    /// How long a read may wait for its turn.
    private static let patience = Duration.seconds(10)
    /// Larger answers are not kept, in bytes.
    private static let largestKept = 256 << 10

    package let client: LagoClient
    package let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let recent = RecentlyKept()

    package init(client: LagoClient, store: Store, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.client = client.on(.proxy)
        self.store = store
        self.logger = logger
        self.now = now
    }

    /// What Lago answers to a `GET`, or last answered where it is away.
    ///
    /// - Parameters:
    ///   - customer: whose the answer is; nil where it is nobody's in particular.
    ///   - isOwn: whether the caller may see this answer; where not, it is as if it were not there.
    /// - Throws: `APIFailure`, or `LagoError` where nothing was kept.
    package func answer(
        _ segments: [String],
        query: [LagoClient.QueryItem] = [],
        of customer: CustomerID? = nil,
        as operation: String,
        check isOwn: (_ body: [UInt8]) throws -> Void = { _ in }
    ) async throws -> APIAnswer {
        let name = segments.map { [$0] } + query.map { [$0.name, $0.value] }
        return try await self.answer(under: name, of: customer) {
            let body = try await self.client.raw("GET", segments, query: query, as: operation, patience: Self.patience)
            return APIAnswer(json: body)
        } check: {
            try isOwn($0)
        }
    }

    /// What `read` answers by asking Lago, or last answered where Lago is away.
    ///
    /// - Parameters:
    ///   - name: no two different reads have one.
    ///   - read: its answer's bytes are kept; the headers are those of the answer's kind.
    package func answer(
        under name: [[String]],
        of customer: CustomerID?,
        as kind: HTTPFields = APIAnswer(json: []).headers,
        by read: () async throws -> APIAnswer,
        check isOwn: (_ body: [UInt8]) throws -> Void = { _ in }
    ) async throws -> APIAnswer {
        let request = Self.text(name)
        do {
            let answer = try await read()
            guard case .bytes(let body) = answer.body else { return answer }
            try isOwn(body)
            self.keep(body, request, customer)
            return answer
        } catch let error as LagoError where error.isAway {
            guard let kept = try await self.store.answer(to: request) else { throw error }
            try isOwn(kept.body)
            return APIAnswer(status: .ok, headers: kind, body: .bytes(kept.body))
                .aged(since: kept.readAt, at: self.now(), isStale: true)
        }
    }

    private static func text(_ name: [[String]]) -> String {
        let json = JSONText.list(name.map { .list($0.map { .text($0) }) })
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func keep(_ body: [UInt8], _ request: String, _ customer: CustomerID?) {
        guard body.count <= Self.largestKept, self.recent.isDue(request, body, at: .now) else { return }
        let now = self.now()
        self.store.submit { transaction in
            try transaction.keep(answer: body, to: request, of: customer, at: now)
        } failed: { [logger] error in
            logger.warning("an answer of Lago's was not kept", metadata: ["error": "\(error)"])
        }
    }
}

extension LagoError {
    /// It is Lago that is not there, whatever was asked.
    package var isAway: Bool {
        switch self {
        case .transport(let error): error.kind != .cancelled
        case .server, .unexpected, .unreadable, .rateLimited: true
        default: false
        }
    }
}

extension APIAnswer {
    /// Says how old the answer is, and that it may not hold any more.
    package func aged(since time: Int64, at now: Int64, isStale: Bool) -> APIAnswer {
        var answer = self
        answer.headers[.age] = "\(max(0, now - time) / 1000)"
        if isStale { answer.headers[.warning] = #"110 - "Response is Stale""# }
        return answer
    }
}
