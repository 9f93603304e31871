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
    /// - Throws: `Failure` where the key of customers' tokens is of no use after all.
    func addAPI(to router: Router<ServerContext>, _ client: LagoClient?) throws -> [any Service] {
        let balances = AccountBalances(store: self.store, policy: self.settings.worker.lowBalance.policy)
        let feed = BalanceFeed(store: self.store, balances: balances, logger: self.logger)
        ProxyAPI(
            routes: client.map { self.apiRoutes($0, balances, feed) } ?? [],
            isConfigured: client != nil,
            doorman: Doorman(keys: self.settings.api.keys, tokens: try self.customerTokens()),
            desk: IdempotencyDesk(store: self.store, logger: self.logger, now: currentMilliseconds),
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

    private func customerTokens() throws -> CustomerTokens? {
        let terms = TokenTerms(self.settings.api)
        switch self.settings.api.tokenIssuer {
        case nil: return nil
        case .secret(let secret): return CustomerTokens(secret: secret, terms: terms, now: currentMilliseconds)
        case .publicKey(let key):
            do {
                return try CustomerTokens(publicKey: key, terms: terms, now: currentMilliseconds)
            } catch {
                throw Failure(description: "API_JWT_PUBLIC_KEY: the key cannot be used (\(error)); use another")
            }
        case .keySet(let url):
            let keySet = TokenKeySet(
                url: url,
                transfers: self.transfers,
                logger: self.logger,
                now: currentMilliseconds
            )
            return CustomerTokens(keySet: keySet, terms: terms, now: currentMilliseconds)
        }
    }

    /// Every route of the API.
    func apiRoutes(_ client: LagoClient, _ balances: AccountBalances, _ feed: BalanceFeed) -> [APIRoute] {
        let reads = LagoReads(client: client, store: self.store, logger: self.logger, now: currentMilliseconds)
        let stream = BalanceStream(feed: feed, balances: balances, store: self.store, client: client) {
            $0.validity(at: currentMilliseconds())
        }
        let wallets = WalletReadRoutes(
            reads: reads,
            balances: balances,
            look: NewJob.look(at:),
            lagoIsAway: { [health = self.health] in health.failure != nil },
            now: currentMilliseconds
        )
        return CustomerRoutes(reads).routes + wallets.routes + self.purchaseRoutes(reads).routes + [stream.route]
            + InvoiceRoutes(reads).routes
            + SubscriptionRoutes(reads).routes + self.usageRoutes(client, reads)
            + self.settingsRoutes(reads, balances).routes
    }

    private func purchaseRoutes(_ reads: LagoReads) -> PurchaseRoutes {
        let desk = PurchaseDesk(client: reads.client, store: self.store, logger: self.logger, now: currentMilliseconds)
        let sold = self.settings.purchases
        return PurchaseRoutes(
            reads,
            terms: PurchaseTerms(rates: sold.rates, maximum: sold.maximum),
            now: currentMilliseconds,
            buy: { try await desk.buy($0) }
        )
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

extension PurchaseDesk {
    /// Buys as the API has it.
    fileprivate func buy(_ order: PurchaseOrder) async throws -> PurchaseReceipt {
        do {
            let purchase = try await self.buy(
                Order(
                    id: order.id,
                    customer: order.customer,
                    wallet: order.wallet,
                    credits: order.credits,
                    extras: order.extras
                )
            )
            return PurchaseReceipt(transaction: purchase.transaction.json, paymentURL: purchase.paymentURL)
        } catch is Pending {
            throw APIFailure.purchasePending
        }
    }
}

extension TokenTerms {
    init(_ settings: APISettings) {
        self.init(issuer: settings.tokenIssuerName, audience: settings.tokenAudience)
    }
}
