private import HTTPTypes
package import Hummingbird
package import Logging
package import Metrics
package import Store
private import Telemetry

extension HTTPField.Name {
    fileprivate static let svixID = HTTPField.Name("svix-id")
    fileprivate static let svixTimestamp = HTTPField.Name("svix-timestamp")
    fileprivate static let svixSignature = HTTPField.Name("svix-signature")
}

/// `POST /webhooks/mail/{provider}`: what the mail provider says of bounces and complaints.
///
/// An address whose mail comes back for good, or whose reader complains, gets no more mail of any kind until an operator
/// lifts that. Reports may come twice, and in any order.
package struct MailReportRoutes: Sendable {
    /// Bytes that a body may have.
    package static let maximumBody = 1 << 20

    /// Asks for a URL by GET and returns the status of the answer.
    package typealias Confirm = @Sendable (_ url: String) async throws -> Int

    private let verifier: MailReportVerifier
    private let store: Store
    private let rejections: RejectionLog
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let confirm: Confirm
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - secret: `MAIL_WEBHOOK_SECRET`, not empty; without one there is no such route.
    ///   - confirm: how a subscription at SNS is confirmed; called with URLs of Amazon SNS only.
    package init(
        secret: String,
        store: Store,
        rejections: RejectionLog,
        metrics: any MetricsFactory,
        logger: Logger,
        confirm: @escaping Confirm,
        now: @escaping @Sendable () -> Int64
    ) {
        self.verifier = MailReportVerifier(secret: secret)
        self.store = store
        self.rejections = rejections
        self.metrics = metrics
        self.logger = logger
        self.confirm = confirm
        self.now = now
    }

    package func add(to router: Router<ServerContext>) {
        router.post("/webhooks/mail/:provider") { request, context in
            guard let provider = context.parameters.get("provider").flatMap(MailProvider.init(rawValue:)) else {
                return Response(status: .notFound)
            }
            return await self.receive(request, from: provider, address: context.address)
        }
    }

    /// One request, from its body to its answer.
    private func receive(_ request: Request, from provider: MailProvider, address: String) async -> Response {
        let claim = MailReportVerifier.Claim(request)
        do {
            let body = try await request.bytes(upTo: Self.maximumBody)
            let pass = try self.verifier.verify(body, from: provider, claim, at: self.now())
            do {
                try await self.take(try provider.news(in: body), from: provider)
            } catch {
                self.verifier.takeBack(pass)
                throw error
            }
            return Response(status: .ok)
        } catch let reason as Rejection {
            return self.refuse(reason, claim, provider, address: address)
        } catch let error as UnreadableReport {
            self.count("unreadable", provider)
            self.logger.warning(
                "mail report not understood",
                metadata: ["provider": "\(provider.rawValue)", "error": "\(error)"]
            )
            return Response(status: .badRequest)
        } catch {
            self.count("unavailable", provider)
            self.logger.error(
                "mail report not taken",
                metadata: ["provider": "\(provider.rawValue)", "error": "\(error)"]
            )
            return Response(status: .serviceUnavailable, headers: [.retryAfter: "5"])
        }
    }

    private func take(_ news: MailNews, from provider: MailProvider) async throws {
        switch news {
        case .reports(let reports):
            try await self.keep(reports, from: provider)
        case .subscription(let url):
            let status = try await self.confirm(url)
            guard (200..<300).contains(status) else {
                throw Unavailable(description: "SNS answered \(status) to the confirmation of its subscription")
            }
            self.count("confirmed", provider)
            self.logger.notice("mail reports subscribed", metadata: ["provider": "\(provider.rawValue)"])
        }
    }

    /// Stops mail to the addresses that are to have none, all in one commit.
    private func keep(_ reports: [MailReport], from provider: MailProvider) async throws {
        let now = self.now()
        var stopped = 0
        if reports.contains(where: { $0.kind.reason != nil }) {
            stopped = try await self.store.write { transaction in
                try reports.reduce(into: 0) { count, report in
                    guard let reason = report.kind.reason,
                        try transaction.suppress(
                            report.address,
                            kind: nil,
                            reason: reason,
                            detail: report.words,
                            at: now
                        )
                    else { return }
                    count += 1
                }
            }
        }
        if reports.isEmpty { self.count("ignored", provider) }
        for report in reports { self.count(report.kind.rawValue, provider) }
        self.logger.info(
            "mail report taken",
            metadata: [
                "provider": "\(provider.rawValue)", "reports": "\(reports.count)", "suppressed": "\(stopped)",
                "kinds": "\(Set(reports.map(\.kind.rawValue)).sorted().joined(separator: ","))",
            ]
        )
    }

    private func refuse(
        _ reason: Rejection,
        _ claim: MailReportVerifier.Claim,
        _ provider: MailProvider,
        address: String
    ) -> Response {
        // SNS shows its password only when it is asked for one.
        var headers: HTTPFields = reason == .signature ? [.wwwAuthenticate: #"Basic realm="mail webhooks""#] : [:]
        if provider == .ses, reason == .signature, claim.isEmpty {
            self.count("challenged", provider)
            self.logger.debug("mail report asked for a password", metadata: ["provider": "\(provider.rawValue)"])
            return Response(status: reason.status, headers: headers)
        }
        self.count("rejected", provider)
        let isHeard = self.rejections.hears(address)
        if isHeard {
            self.logger.notice(
                "mail report rejected",
                metadata: ["provider": "\(provider.rawValue)", "reason": "\(reason.rawValue)"]
            )
        }
        if !isHeard || reason == .tooLarge { headers[.connection] = "close" }
        return Response(status: reason.status, headers: headers)
    }

    private func count(_ kind: String, _ provider: MailProvider) {
        Metric.mailReports.counter([("provider", provider.rawValue), ("kind", kind)], in: self.metrics).increment()
    }
}

extension MailReportVerifier.Claim {
    fileprivate init(_ request: Request) {
        self.init(
            authorization: request.headers[.authorization],
            querySecret: request.uri.queryParameters["secret"].map(String.init),
            id: HTTPField.Name.svixID.flatMap { request.headers[$0] },
            timestamp: HTTPField.Name.svixTimestamp.flatMap { request.headers[$0] },
            signatures: HTTPField.Name.svixSignature.flatMap { request.headers[$0] }
        )
    }
}
