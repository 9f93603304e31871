import Foundation
import Hummingbird
import NIOCore

/// What a request carries along: its connection, so that a fault can close it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }

    var isLoopback: Bool {
        guard let address = self.channel.remoteAddress?.ipAddress else { return false }
        return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }

    /// The path segment `name` with its percent escapes undone.
    ///
    /// - Throws: `LagoFailure` 404 for a dot, which most of Rails' routes do not match.
    func segment(_ name: String, allowingDots: Bool = false) throws(LagoFailure) -> String {
        guard let text = self.parameters.get(name)?.removingPercentEncoding, allowingDots || !text.contains(".") else {
            throw .notFound("resource")
        }
        return text
    }
}

extension Request {
    /// The path after `/api/v1`, without the query.
    var pathInAPI: String {
        let prefix = "/api/v1"
        let path = self.uri.path
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// The body as JSON.
    ///
    /// - Throws: `LagoFailure` 400 when it is none.
    func json() async throws -> JSONValue {
        let body = try await self.body.collect(upTo: 8 << 20)
        do {
            return try JSONValue(parsing: body.readableBytesView)
        } catch {
            throw LagoFailure.badRequest("Error occurred while parsing request parameters")
        }
    }

    /// The object under the body's one root key.
    ///
    /// - Throws: `LagoFailure` 400 when it is absent or empty.
    func json(root: String) async throws -> JSONValue {
        guard let object = try await self.json()[root], object.object?.members.isEmpty == false else {
            throw LagoFailure.missing(root: root)
        }
        return object
    }
}

extension JSONValue: ResponseGenerator {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        self.response(status: .ok)
    }

    func response(status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: self.railsText))
        )
    }
}
