import Hummingbird
import Jobs
import LagoAPI
import Notices
import Proxy
import Receiver
import Rules
import ServiceLifecycle
import Settings
import Store
import Telemetry
import Worker

extension ServerContext: PeerContext {}

extension ServerParts {
    /// The API for applications and their customers.
    ///
    /// - Parameter client: nil while Lago is not configured.
    /// - Returns: what runs beside it, and ends before the listener does.
    func addAPI(to router: Router<ServerContext>, _ client: LagoClient?) -> [any Service] {
        let balances = AccountBalances(store: self.store, policy: self.settings.worker.lowBalance.policy)
        let feed = BalanceFeed(store: self.store, balances: balances, logger: self.logger)
        ProxyAPI(
            routes: client.map { self.routes($0, balances, feed) } ?? [],
            isConfigured: client != nil,
            doorman: Doorman(keys: self.settings.api.keys),
            doorway: self.doorway,
            alert: KeyAlarm(
                store: self.store,
                outbox: Outbox(settings: self.settings.mail),
                logger: self.logger,
                now: currentMilliseconds
            ).raise,
            logger: self.logger
        ).add(to: router)
        OpenAPIRoute().add(to: router)
        return [feed]
    }

    private var doorway: Doorway {
        let access = self.settings.access
        return Doorway(
            proxies: access.proxies,
            limits: CallLimits(perMinute: access.requestsPerMinute),
            pages: CrossOrigin(origins: access.origins)
        )
    }

    private func routes(_ client: LagoClient, _ balances: AccountBalances, _ feed: BalanceFeed) -> [APIRoute] {
        let reads = LagoReads(client: client, store: self.store, logger: self.logger, now: currentMilliseconds)
        let stream = BalanceStream(feed: feed, balances: balances, store: self.store, client: client)
        let wallets = WalletReadRoutes(
            reads: reads,
            balances: balances,
            look: NewJob.look(at:),
            lagoIsAway: { [health = self.health] in health.failure != nil },
            now: currentMilliseconds
        )
        return CustomerRoutes(reads).routes + wallets.routes + [stream.route] + InvoiceRoutes(reads).routes
            + SubscriptionRoutes(reads).routes + self.usageRoutes(client) + self.settingsRoutes(reads, balances).routes
    }

    private func settingsRoutes(_ reads: LagoReads, _ balances: AccountBalances) -> SettingsRoutes {
        let mail = self.settings.mail
        let allowance = self.settings.topUps.allowance
        let desk = SettingsDesk(store: self.store, now: currentMilliseconds)
        return SettingsRoutes(
            reads: reads,
            defaults: SettingsDefaults(
                policy: self.settings.worker.lowBalance.policy,
                allowance: allowance,
                locale: mail.defaultLocale.rawValue,
                off: Set(mail.noticesOff)
            ),
            balances: balances,
            bounds: { maySetEmails in
                CustomerSettingsBounds(
                    allowance: allowance,
                    locales: NoticeLocale.allCases.map(\.rawValue),
                    kinds: Dictionary(uniqueKeysWithValues: MessageKind.allCases.map { ($0.rawValue, $0.isOptional) }),
                    maySetEmails: maySetEmails,
                    isAddress: { (try? MailAddress($0)) != nil }
                )
            },
            update: { try await desk.update($0, with: $1, within: $2, actor: $3) }
        )
    }
}
