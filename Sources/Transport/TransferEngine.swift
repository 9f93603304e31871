private import Foundation

/// Every outgoing byte of the service: HTTP and SMTP through libcurl, for any number of callers at once.
///
/// - HTTP and mail have a thread each, started by the first use: libcurl may stand still for a moment when it takes
///   leave of a mail server.
/// - Connections are kept for reads and for mail. A request with an effect has one to itself.
/// - Certificates and host names are checked. Redirects are answers like any other. Proxies of the environment
///   (`http_proxy` and its like) are not used. Nothing is tried again.
package final class TransferEngine: Sendable {
    private let http: TransferLoop
    private let mail: TransferLoop

    /// - Parameters:
    ///   - caFile: certificates in PEM, trusted beside the system's.
    ///   - maximumConnectionsPerHost: transfers at a time to one scheme, host and port; further ones wait in order.
    /// - Throws: `TransferError` of kind `tls` when `caFile` cannot be read or holds no certificate.
    package init(caFile: String? = nil, maximumConnectionsPerHost: Int = 8) throws(TransferError) {
        if let caFile {
            guard let bytes = FileManager.default.contents(atPath: caFile),
                bytes.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil
            else {
                throw TransferError(kind: .tls, message: "no certificate can be read in \(caFile)", requestLeft: false)
            }
        }
        precondition(maximumConnectionsPerHost > 0, "a host needs a connection")
        self.http = TransferLoop(
            name: "transfer-http",
            caFile: caFile,
            maximumConnectionsPerHost: maximumConnectionsPerHost
        )
        self.mail = TransferLoop(
            name: "transfer-mail",
            caFile: caFile,
            maximumConnectionsPerHost: maximumConnectionsPerHost
        )
    }

    deinit {
        self.http.stop()
        self.mail.stop()
    }

    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// - Throws: `TransferError`; `requestLeft` tells whether the other side may have heard.
    package func send(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
        switch try await self.http.perform(.request(request)).get() {
        case .response(let response): return response
        case .reply: preconditionFailure("a request brings a response")
        }
    }

    /// Hands a mail to an SMTP server and returns its word on the message, a 2yz reply.
    ///
    /// - Throws: `TransferError`; of kind `smtpRefused` with the stage and `reply` when the server said no.
    package func deliver(_ delivery: SMTPDelivery) async throws(TransferError) -> SMTPReply {
        switch try await self.mail.perform(.delivery(delivery)).get() {
        case .reply(let reply): return reply
        case .response: preconditionFailure("a delivery brings a reply")
        }
    }

    /// Fails what is under way with `stopped`, closes every connection, and returns when the threads have ended.
    /// A later call to the engine fails with `stopped`, too.
    package func shutdown() async {
        self.http.stop()
        self.mail.stop()
        await self.http.ended()
        await self.mail.ended()
    }
}
