/// One outgoing HTTP request.
///
/// The engine frames the body itself: `Content-Length` and `Transfer-Encoding` are not the caller's to set.
package struct TransferRequest: Sendable {
    /// `GET`, `POST`, …: case matters, as in HTTP.
    package var method: String
    /// Absolute, `http` or `https`, percent-encoded, without user name or password.
    package var url: String
    /// Sent as given and in order. A value is text without CR, LF or NUL.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// Whether sending twice could do something twice. Such a request goes out on a connection of its own, because
    /// libcurl sends it again, unasked, when a connection that it reuses is closed before the answer begins.
    package var hasEffect: Bool
    /// From the call to the last byte of the answer, time in the engine's queue included.
    package var deadline: Duration
    /// Later than this its first byte does not leave: looked at when the connection stands, right before that byte.
    package var leavesBefore: ContinuousClock.Instant?
    /// From the first look-up of the name to the end of the TLS handshake.
    package var connectDeadline: Duration
    /// In bytes, of the answer's body.
    package var maximumResponseSize: Int

    /// - Parameter hasEffect: true unless the method is `GET` or `HEAD`, where it is not given.
    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        hasEffect: Bool? = nil,
        deadline: Duration = .seconds(30),
        connectDeadline: Duration = .seconds(10),
        maximumResponseSize: Int = 16 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.hasEffect = hasEffect ?? !["GET", "HEAD"].contains(method)
        self.deadline = deadline
        self.connectDeadline = connectDeadline
        self.maximumResponseSize = maximumResponseSize
    }

    /// Refuses what must never reach the wire: line breaks above all, which would end a header and begin another.
    ///
    /// - Returns: where the request goes.
    /// - Throws: `TransferError` of kind `invalidURL` or `invalidRequest`; the text repeats no header's value.
    func check() throws(TransferError) -> Origin {
        guard Text.isToken(self.method) else { throw .invalidRequest("the method is not an HTTP token") }
        for (name, value) in self.headers {
            guard Text.isToken(name) else { throw .invalidRequest("a header's name is not an HTTP token") }
            guard Text.isHeaderValue(value) else {
                throw .invalidRequest("the value of the header \(name) has a control character")
            }
            guard !["content-length", "transfer-encoding"].contains(name.lowercased()) else {
                throw .invalidRequest("the header \(name) is the engine's to set")
            }
        }
        return try Origin(url: self.url, schemes: ["http", "https"])
    }
}

/// The answer to a request, whatever its status: 404 and 500 are answers, too.
package struct TransferResponse: Sendable {
    package let status: Int
    /// In the order received, names as the server wrote them, values without the spaces around them.
    package let headers: [(name: String, value: String)]
    /// As received, byte for byte: nothing is decompressed or decoded but chunks.
    package let body: [UInt8]

    /// Returns the value of the last header of this name, in any case; nil when there is none.
    package func header(_ name: String) -> String? {
        self.headers.last { $0.name.lowercased() == name.lowercased() }?.value
    }
}
