private import Foundation
private import Synchronization

/// Every outgoing byte of the service: HTTP and SMTP through libcurl, for any number of callers at once.
///
/// - HTTP has a thread, and so has each mail connection, started by the first use: libcurl 7.88 stands still while it
///   waits for a mail server's word on a message, or takes leave of it.
/// - Connections are kept for reads and for mail. A request with an effect has one to itself.
/// - Certificates and host names are checked. Redirects are answers like any other. Proxies of the environment
///   (`http_proxy` and its like) are not used. Nothing is tried again.
package final class TransferEngine: Sendable {
    private let http: TransferLoop
    private let mail: [TransferLoop]
    /// How many mails each of `mail` has to deliver.
    private let loads: Mutex<[Int]>

    /// - Parameters:
    ///   - caFile: certificates in PEM, trusted beside the system's.
    ///   - maximumConnectionsPerHost: transfers at a time to one scheme, host and port; further ones wait in order.
    ///   - maximumMailConnections: the same for mail, where it is to be another number.
    /// - Throws: `TransferError` of kind `tls` when `caFile` cannot be read or holds no certificate.
    package init(
        caFile: String? = nil,
        maximumConnectionsPerHost: Int = 8,
        maximumMailConnections: Int? = nil
    ) throws(TransferError) {
        if let caFile {
            guard let bytes = FileManager.default.contents(atPath: caFile),
                bytes.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil
            else {
                throw TransferError(kind: .tls, message: "no certificate can be read in \(caFile)", requestLeft: false)
            }
        }
        let mailConnections = maximumMailConnections ?? maximumConnectionsPerHost
        precondition(maximumConnectionsPerHost > 0 && mailConnections > 0, "a host needs a connection")
        self.http = TransferLoop(
            name: "transfer-http",
            caFile: caFile,
            maximumConnectionsPerHost: maximumConnectionsPerHost
        )
        self.mail = (0..<mailConnections).map { number in
            TransferLoop(name: "transfer-mail-\(number)", caFile: caFile, maximumConnectionsPerHost: 1)
        }
        self.loads = Mutex([Int](repeating: 0, count: mailConnections))
    }

    deinit {
        for loop in [self.http] + self.mail { loop.stop() }
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
        switch try await self.performMail(.delivery(delivery)).get() {
        case .reply(let reply): return reply
        case .response: preconditionFailure("a delivery brings a reply")
        }
    }

    /// Goes through a delivery's dialogue on a connection of its own up to where the mail would follow: connect, TLS,
    /// AUTH. Nothing is sent; sender, recipients and message only have to be well formed.
    ///
    /// - Throws: `TransferError` as `deliver` would.
    package func probe(_ delivery: SMTPDelivery) async throws(TransferError) {
        _ = try await self.performMail(.probe(delivery)).get()
    }

    private func performMail(_ job: TransferLoop.Job) async -> TransferLoop.Outcome {
        let number = self.loads.withLock { loads in
            // The first of those that have least to do: its connection is the likeliest to stand already.
            let number = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[number] += 1
            return number
        }
        defer { self.loads.withLock { $0[number] -= 1 } }
        return await self.mail[number].perform(job)
    }

    /// Fails what is under way with `stopped`, closes every connection, and returns when the threads have ended.
    /// A later call to the engine fails with `stopped`, too.
    package func shutdown() async {
        let loops = [self.http] + self.mail
        for loop in loops { loop.stop() }
        for loop in loops { await loop.ended() }
    }
}
