import Hummingbird
import LagoAPI
import Proxy
import Receiver
import Settings

extension ServerContext: PeerContext {}

extension ServerParts {
    /// The API for applications and their customers.
    ///
    /// - Parameter client: nil while Lago is not configured.
    func addAPI(to router: Router<ServerContext>, _ client: LagoClient?) {
        ProxyAPI(
            routes: client.map(self.usageRoutes) ?? [],
            doorman: Doorman(keys: self.settings.api.keys),
            logger: self.logger
        ).add(to: router)
    }
}
