import Hummingbird
import LagoAPI
import Proxy
import Receiver
import Rules
import ServiceLifecycle
import Settings

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
            routes: [BalanceStream(feed: feed, balances: balances, store: self.store, client: client).route],
            doorman: Doorman(keys: self.settings.api.keys),
            logger: self.logger
        ).add(to: router)
        return [feed]
    }
}
