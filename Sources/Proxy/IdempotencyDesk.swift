private import Foundation
package import HTTPTypes
package import Logging
private import Signatures
package import Store
private import Synchronization

/// Carries a request out once, however often it is sent: one with an `Idempotency-Key` for a day, a purchase without one
/// for a minute after its answer, and for as long as it is not known what became of it.
///
/// What is under way is known in memory: one process answers the API of a file. What was begun and not answered, because
/// the process died or Lago was away, is begun again under the same intent, so that it finds what it did.
package final class IdempotencyDesk: Sendable {
    /// How long an answer is given again, in milliseconds.
    private static let keptFor: Int64 = 86_400_000
    /// How long the same purchase without a key is the same request, in milliseconds: once it was answered, and while its
    /// caller has no answer.
    private static let sameFor: Int64 = 60_000
    private static let sameUnanswered: Int64 = 600_000
    /// Old requests that a new one clears away.
    private static let swept = 20

    private let store: Store
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let underWay = Mutex<[Name: Work]>([:])

    package init(store: Store, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.logger = logger
        self.now = now
    }

    /// Names are told apart byte for byte, as the store does; to Swift, texts that look the same are.
    private struct Name: Hashable {
        let principal: String
        let key: String

        static func == (left: Self, right: Self) -> Bool {
            left.principal.utf8.elementsEqual(right.principal.utf8) && left.key.utf8.elementsEqual(right.key.utf8)
        }

        func hash(into hasher: inout Hasher) {
            for byte in self.key.utf8 { hasher.combine(byte) }
        }
    }

    /// A request as it was asked for.
    private struct Asked: Sendable {
        let name: Name
        let fingerprint: String
        /// Whether its caller has named it.
        let isNamed: Bool
    }

    private struct Given: Sendable {
        let answer: APIAnswer
        let isReplay: Bool
    }

    private struct Work {
        let fingerprint: String
        let task: Task<Given, any Error>
    }

    /// Carries `work` out, or gives the answer that it had; `work` gets the call with its intent.
    ///
    /// - Parameter purchase: what a call without a key buys; nil where it buys nothing.
    /// - Throws: `APIFailure` 400 for a key that is none, 409 while the first request of its key is under way, 422 for a
    ///   key of another request; what the store throws.
    package func answer(
        _ call: APICall,
        buying purchase: String?,
        by work: @escaping @Sendable (APICall) async -> APIAnswer
    ) async throws -> APIAnswer {
        let asked: Asked
        if let key = try Self.key(in: call.headers) {
            let name = Name(principal: call.principal.id, key: key)
            asked = Asked(name: name, fingerprint: try Self.fingerprint(of: call), isNamed: true)
        } else if let purchase {
            // No key begins with a blank.
            let name = Name(principal: call.principal.id, key: " \(purchase)")
            asked = Asked(name: name, fingerprint: "", isNamed: false)
        } else {
            return await work(call)
        }
        let (first, isFirst) = self.begin(asked, call, work)
        if asked.isNamed, !isFirst {
            throw first.fingerprint == asked.fingerprint ? APIFailure.keyInUse : APIFailure.keyReused
        }
        let given = try await first.task.value
        var answer = given.answer
        if given.isReplay || !isFirst { answer.headers[.replayed] = "true" }
        return answer
    }

    /// A task of its own: it ends even where its caller goes away.
    private func begin(
        _ asked: Asked,
        _ call: APICall,
        _ work: @escaping @Sendable (APICall) async -> APIAnswer
    ) -> (work: Work, isFirst: Bool) {
        self.underWay.withLock { underWay in
            if let first = underWay[asked.name] { return (first, false) }
            let task = Task {
                defer { self.underWay.withLock { $0[asked.name] = nil } }
                return try await self.carryOut(asked, call, work)
            }
            let mine = Work(fingerprint: asked.fingerprint, task: task)
            underWay[asked.name] = mine
            return (mine, true)
        }
    }

    private func carryOut(
        _ asked: Asked,
        _ call: APICall,
        _ work: @Sendable (APICall) async -> APIAnswer
    ) async throws -> Given {
        let now = self.now()
        let step = try await self.store.write { try Self.step(asked, intent: call.intent, $0, at: now) }
        switch step {
        case .refuse: throw APIFailure.keyReused
        case .giveAgain(let kept): return Given(answer: APIAnswer(kept), isReplay: true)
        case .carryOut(let request):
            var call = call
            call.intent = request.intent
            let answer = await work(call)
            await self.end(request, answer, isNamed: asked.isNamed)
            return Given(answer: answer, isReplay: false)
        }
    }

    private enum Step: Sendable {
        case carryOut(APIRequest)
        case giveAgain(APIRequest.Answer)
        case refuse
    }

    private static func step(
        _ asked: Asked,
        intent: String,
        _ transaction: Transaction,
        at now: Int64
    ) throws -> Step {
        try transaction.forgetAPIRequests(begunBefore: now - Self.keptFor, atMost: Self.swept)
        if let known = try transaction.apiRequest(asked.name.key, of: asked.name.principal),
            try Self.stands(known, isNamed: asked.isNamed, transaction, at: now)
        {
            guard known.fingerprint == asked.fingerprint else { return .refuse }
            return known.answer.map { .giveAgain($0) } ?? .carryOut(known)
        }
        let request = APIRequest(
            principal: asked.name.principal,
            key: asked.name.key,
            fingerprint: asked.fingerprint,
            intent: intent,
            begunAt: now
        )
        try transaction.begin(request)
        return .carryOut(request)
    }

    /// Whether a request of the same name is the same request still.
    private static func stands(
        _ known: APIRequest,
        isNamed: Bool,
        _ transaction: Transaction,
        at now: Int64
    ) throws -> Bool {
        // A clock that was set back must not make it stand for longer.
        func isWithin(_ time: Int64, of begin: Int64) -> Bool { abs(now - begin) < time }
        if isNamed { return isWithin(Self.keptFor, of: known.begunAt) }
        if let answeredAt = known.answeredAt { return isWithin(Self.sameFor, of: answeredAt) }
        if isWithin(Self.sameUnanswered, of: known.begunAt) { return true }
        return try transaction.isInDoubt(topUp: known.intent)
    }

    /// Keeps the answer, where it is the request's last word.
    private func end(_ request: APIRequest, _ answer: APIAnswer, isNamed: Bool) async {
        guard answer.isLastWord, let kept = APIRequest.Answer(answer) else { return }
        let isGood = answer.status.kind == .successful
        do {
            try await self.store.write { [now = self.now()] transaction in
                // Who sends no key does not mean the same mistake again.
                if isNamed || isGood {
                    try transaction.keep(kept, to: request, at: now)
                } else {
                    try transaction.forget(request)
                }
            }
        } catch {
            // The same request again finds what this one did by its intent.
            self.logger.error("an answer was not kept", metadata: ["error": "\(error)"])
        }
    }

    private static func key(in headers: HTTPFields) throws(APIFailure) -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIFailure(
                .badRequest,
                code: "invalid_idempotency_key",
                message: "an Idempotency-Key has 1 to 255 visible characters of ASCII"
            )
        }
        return key
    }

    private static func fingerprint(of call: APICall) throws -> String {
        let query = call.query.items.map { JSONText.list([.text($0.name), .text($0.value)]) }
        let head = JSONText.list([.text(call.method.rawValue), .text(call.path), .list(query)])
        return try SHA256.digest(of: head.bytes + call.body).hexadecimal
    }
}

extension APIFailure {
    fileprivate static let keyInUse = APIFailure(
        .conflict,
        code: "idempotency_key_in_use",
        message: "the first request with this Idempotency-Key is under way"
    )
    fileprivate static let keyReused = APIFailure(
        .unprocessableContent,
        code: "idempotency_key_reused",
        message: "another request had this Idempotency-Key"
    )
}

extension APIAnswer {
    /// Whether the same request would be answered so again, whatever else happens.
    fileprivate var isLastWord: Bool {
        switch self.status.kind {
        case .successful: true
        case .clientError: ![401, 403, 408, 409, 425, 429].contains(self.status.code)
        default: false
        }
    }

    fileprivate init(_ kept: APIRequest.Answer) {
        var headers = HTTPFields()
        for (name, value) in kept.headers { headers[.named(name)] = value }
        self.init(status: .init(code: kept.status), headers: headers, body: .bytes(kept.body))
    }
}

extension APIRequest.Answer {
    /// Nil for one that is streamed.
    fileprivate init?(_ answer: APIAnswer) {
        guard case .bytes(let body) = answer.body else { return nil }
        let headers = Dictionary(answer.headers.map { ($0.name.canonicalName, $0.value) }) { "\($0), \($1)" }
        self.init(status: Int(answer.status.code), headers: headers, body: body)
    }
}
