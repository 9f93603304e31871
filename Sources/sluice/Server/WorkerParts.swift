import Foundation
import Jobs
import LagoAPI
import Logging
import Mail
import Metrics
import Notices
import Rules
import ServiceLifecycle
import Settings
import Signatures
import Store
import Telemetry
import Transport
import Worker

/// Puts the working half together: looks, rules and mails.
struct WorkerParts {
    let settings: Settings
    let store: Store
    let transfers: TransferEngine
    let registry: PrometheusRegistry
    let logger: Logger
    let mail: MailParts
    let signer: LinkSigner
    let lane: MailLane
    let underWay = LooksUnderWay()

    /// While one mail is on a connection, the others are decided, rendered, or put down as sent in a shared commit.
    private static let mailsPerConnection = 4

    private var mailHands: Int { self.settings.mail.maximumConnections * Self.mailsPerConnection }

    /// - Parameter client: nil while Lago is not configured.
    func services(_ client: LagoClient?) async throws -> (worker: WorkerService, others: [any Service]) {
        let looks = client.map { client in
            Looks(
                reader: BalanceReader(client: client, now: currentMilliseconds),
                store: self.store,
                fresh: FreshReadings()
            )
        }
        let outbox = Outbox(settings: self.settings.mail)
        let polling = self.polling(client, looks, outbox)
        let sweeps = client.map {
            SweepService(
                client: $0,
                store: self.store,
                pace: SweepService.Pace(interval: self.settings.worker.sweepInterval),
                outbox: outbox,
                metrics: self.registry,
                logger: self.logger,
                now: currentMilliseconds
            )
        }
        let worker = WorkerService(
            store: self.store,
            inbox: Inbox(
                store: self.store,
                debounce: self.settings.worker.balanceDebounce,
                metrics: self.registry,
                now: currentMilliseconds
            ),
            handlers: [
                .look: LookHandler(taker: polling?.taker, underWay: self.underWay).callAsFunction,
                .tell: Announcer(
                    store: self.store,
                    looks: looks,
                    outbox: outbox,
                    logger: self.logger,
                    now: currentMilliseconds
                ).callAsFunction,
                .topUp: self.topUpHandler(client, looks, outbox),
                .usage: UsageHandler(
                    client: client,
                    quiet: self.settings.worker.balanceDebounce,
                    metrics: self.registry,
                    now: currentMilliseconds
                ).callAsFunction,
                .mail: try self.mailHandler(looks, outbox).callAsFunction,
            ],
            pace: WorkerService.Pace(
                concurrency: self.settings.worker.concurrency,
                mails: self.mailHands
            ),
            owner: "\(ProcessInfo.processInfo.hostName)/\(ProcessInfo.processInfo.processIdentifier)",
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        )
        let watch = DeadLetterWatch(store: self.store, outbox: outbox, logger: self.logger, now: currentMilliseconds)
        let others: [(any Service)?] = [watch, client.map(self.usageForwarder), sweeps]
        return (worker, others.compactMap { $0 } + (polling?.services ?? []))
    }

    private func usageForwarder(_ client: LagoClient) -> any Service {
        UsageForwarder(
            client: client,
            store: self.store,
            quiet: self.settings.worker.balanceDebounce,
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        )
    }

    /// Who looks at customers, and what makes them do so without a webhook.
    private func polling(
        _ client: LagoClient?,
        _ looks: Looks?,
        _ outbox: Outbox
    ) -> (taker: LookTaker, services: [any Service])? {
        guard let client, let looks else { return nil }
        let (pace, coverage) = (PollingPace(sweepInterval: self.settings.worker.sweepInterval), RadarCoverage())
        let taker = LookTaker(
            looks: looks,
            store: self.store,
            policy: self.settings.worker.lowBalance,
            outbox: outbox,
            polling: pace,
            coverage: coverage,
            topUps: self.desk,
            now: currentMilliseconds
        )
        let poller = Poller(
            store: self.store,
            near: taker.asking(looks.asking(client.on(.near))),
            others: taker.asking(looks.asking(client.on(.far))),
            underWay: self.underWay,
            pace: pace,
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        )
        let radar = UsageRadar(
            client: client.on(.near),
            store: self.store,
            coverage: coverage,
            pace: pace,
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        )
        return (taker, [poller, radar])
    }

    private var desk: TopUpDesk {
        TopUpDesk(store: self.store, allowance: self.settings.topUps.allowance, now: currentMilliseconds)
    }

    /// Top-ups wait while Lago is not configured.
    private func topUpHandler(_ client: LagoClient?, _ looks: Looks?, _ outbox: Outbox) -> JobHandler {
        guard let client, let looks else { return { _ in JobOutcome(.notYet(for: .seconds(60))) } }
        return TopUpHandler(
            desk: self.desk,
            looks: looks,
            client: client,
            store: self.store,
            outbox: outbox,
            grace: self.settings.topUps.lookupGrace,
            logger: self.logger,
            now: currentMilliseconds
        ).callAsFunction
    }

    private func mailHandler(_ looks: Looks?, _ outbox: Outbox) throws -> MailHandler {
        let post = try MailSink(settings: self.settings.mail, engine: self.transfers, now: currentMilliseconds).map {
            sink in
            MailHandler.Post(
                settings: self.settings.mail,
                sink: sink,
                renderer: self.mail.renderer,
                signer: self.signer
            )
        }
        return MailHandler(
            store: self.store,
            post: post,
            looks: looks,
            policy: self.settings.worker.lowBalance,
            outbox: outbox,
            billingURL: self.settings.server.billingPage,
            adminURL: "\(self.settings.server.linkBase)/dashboard/lago-admin",
            lane: self.lane,
            hands: self.mailHands,
            metrics: self.registry,
            logger: self.logger,
            now: currentMilliseconds
        )
    }
}

extension ServerSettings {
    /// What links begin with; without `PUBLIC_URL`, which mail by SMTP needs, this very machine.
    var linkBase: String { self.publicURL ?? "http://\(self.host):\(self.port)" }

    /// Where a customer buys credits: the operator's own page, else Sluice's.
    var billingPage: @Sendable (_ customer: String) -> String {
        let (template, base) = (self.billingURL, self.linkBase)
        return { customer in
            let id = customer.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return template?.replacingOccurrences(of: "{external_customer_id}", with: id)
                ?? "\(base)/dashboard/lago-billing"
        }
    }
}
