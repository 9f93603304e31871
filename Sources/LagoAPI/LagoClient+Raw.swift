internal import Transport

/// A call whose answer somebody else reads: it is passed on as it was received.
extension LagoClient {
    /// One item of a query, before its encoding.
    package typealias QueryItem = (name: String, value: String)

    /// Asks Lago for what lies at a path, and returns the body of its answer.
    ///
    /// - Parameters:
    ///   - segments: of the path below `/api/v1`, each as it is: ids may hold anything.
    ///   - json: the body, JSON already.
    ///   - operation: what metrics call it.
    ///   - patience: how long it may wait for its turn.
    /// - Throws: `LagoError`; `notFound(code: nil)` for an empty segment.
    package func raw(
        _ method: String = "GET",
        _ segments: [String],
        query: [QueryItem] = [],
        json: [UInt8]? = nil,
        as operation: String,
        patience: Duration? = nil
    ) async throws -> [UInt8] {
        var path = ""
        for segment in segments { path += "/\(try Query.segment(segment))" }
        let place = path + Query.text(query)
        let request = json.map { self.request(method, place, json: $0) } ?? self.request(method, place)
        let last = patience.map { ContinuousClock.now + $0 }
        let body = try await self.send(request, as: operation, notAfter: last).body
        // Some answers are empty by design; JSON that is cut off is no answer.
        guard body.isEmpty || (try? JSONReader.read(body)) != nil else { throw LagoError.unreadable(what: "the body") }
        return body
    }

    /// A request with a body that is JSON already.
    func request(_ method: String, _ path: String, json: [UInt8]) -> TransferRequest {
        var request = self.request(method, path)
        request.body = json
        request.headers.append(("Content-Type", "application/json"))
        return request
    }

    /// An object with one member, which is JSON already.
    static func wrapped(_ json: [UInt8], in name: String) -> [UInt8] {
        Array("{\"\(name)\":".utf8) + json + [UInt8(ascii: "}")]
    }
}
