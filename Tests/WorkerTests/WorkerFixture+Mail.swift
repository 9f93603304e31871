import Foundation
import Mail
import Notices
import Rules
import Settings
import Signatures
import Telemetry
import TestSupport
import Testing
import Transport
import Worker

extension WorkerFixture {
    /// What sends mail into the folder `mails`.
    func mailHandler(
        _ looks: Looks?,
        engine: TransferEngine,
        lane: MailLane = MailLane(),
        environment: [String: String] = [:],
        now: @escaping @Sendable () -> Int64 = WorkerFixture.now
    ) async throws -> MailHandler {
        var source = try await SettingsSource(
            environment: [
                "SMTP_URL": "file://\(self.folder.path("mails"))",
                "PAYMENT_INSTRUCTIONS": "IBAN DE02 1203\\nSay the number",
            ].merging(environment) { $1 }
        )
        let settings = MailSettings(&source, hasPublicURL: false)
        return MailHandler(
            store: self.store,
            post: MailHandler.Post(
                settings: settings,
                sink: try #require(try MailSink(settings: settings, engine: engine, now: now)),
                renderer: try NoticeRenderer(brand: Brand(name: "Example")),
                signer: try LinkSigner(key: Array(repeating: 1, count: 32), publicURL: "https://sluice.test")
            ),
            looks: looks,
            policy: LowBalance(policy: try ThresholdPolicy("20,5,0"), minimumInterval: 3_600_000),
            outbox: try await self.outbox(),
            billingURL: { "https://app.test/\($0)" },
            adminURL: "https://sluice.test/dashboard/lago-admin",
            lane: lane,
            hands: 4,
            metrics: PrometheusRegistry(),
            logger: quietLogger,
            now: now
        )
    }
}
