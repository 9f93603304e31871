package import Sandbox
private import Synchronization

/// A request to Lago, for its document to judge.
package struct LagoRequest: Encodable, Sendable {
    package let method: String
    /// After `/api/v1`.
    package let path: String
    package let query: String
    package let body: String
    /// What came of it; nil where that is not known.
    package let status: Int?

    package init(_ method: String, _ path: String, query: String = "", body: String = "", status: Int? = 200) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.status = status
    }

    package init(_ request: AnsweredRequest) {
        self.init(
            request.method,
            request.path,
            query: request.query,
            body: request.body,
            status: request.status
        )
    }

    /// What it has in common with requests that differ only in numbers and ids.
    fileprivate var kind: String {
        var kind: [UInt8] = []
        var word: [UInt8] = []
        for byte in "\(self.method) \(self.path)?\(self.query) \(self.status ?? 0) \(self.body) ".utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                word.append(byte)
            default:
                let hasDigit = word.contains { $0 <= UInt8(ascii: "9") }
                kind += hasDigit ? [UInt8(ascii: "0")] : word
                kind.append(byte)
                word = []
            }
        }
        return String(decoding: kind, as: UTF8.self)
    }
}

/// What a test asks of Lago, beside Lago's own document.
package final class LagoRequests: Sendable {
    /// The kinds that some test of this process has had checked.
    private static let known = Mutex<Set<String>>([])

    private let requests = Record<LagoRequest>()

    package init() {}

    /// Keeps one of each kind.
    package func add(_ request: AnsweredRequest) {
        let request = LagoRequest(request)
        if Self.known.withLock({ $0.insert(request.kind).inserted }) { self.requests.add(request) }
    }

    /// - Throws: `HelperFailure` for requests that Lago's document does not allow.
    package func check() async throws {
        let requests = self.requests.all
        guard !requests.isEmpty, OpenAPIDocument.lago.exists else { return }
        let problems = LagoGaps.without(LagoGaps.requests, try await OpenAPIDocument.lago.problems(of: requests))
        guard problems.isEmpty else {
            throw HelperFailure(description: "requests to Lago that its document does not allow: \(problems)")
        }
    }
}
