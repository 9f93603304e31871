package import HTTPTypes
package import Hummingbird
private import NIOCore

/// What a route answers.
package struct APIAnswer: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Sent as it comes; never kept and never compared.
        case stream(ResponseBody)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON, as bytes that are JSON already.
    package init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(status: status, headers: [.contentType: "application/json; charset=utf-8"], body: .bytes(json))
    }

    package init(_ json: JSONText, status: HTTPResponse.Status = .ok) {
        self.init(json: json.bytes, status: status)
    }

    /// The same answer with these headers, but for those that it has itself.
    func adding(_ headers: HTTPFields) -> APIAnswer {
        var answer = self
        for field in headers where !self.headers.contains(field.name) { answer.headers.append(field) }
        return answer
    }

    var response: Response {
        switch self.body {
        case .bytes(let bytes):
            Response(status: self.status, headers: self.headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let body): Response(status: self.status, headers: self.headers, body: body)
        }
    }
}
