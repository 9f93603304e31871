private import HTTPTypes
internal import Hummingbird
private import NIOCore

extension Request {
    /// The whole body.
    ///
    /// - Throws: `Rejection.tooLarge` past the limit, without reading on.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let length = self.headers[.contentLength].flatMap(Int.init), length > limit { throw Rejection.tooLarge }
        var body: [UInt8] = []
        for try await part in self.body {
            guard body.count + part.readableBytes <= limit else { throw Rejection.tooLarge }
            body.append(contentsOf: part.readableBytesView)
        }
        return body
    }
}
