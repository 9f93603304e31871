import LagoAPI
import Logging
import Proxy
import Settings
import Store
import Worker

extension ServerParts {
    /// What the API takes in of usage, and tells of it.
    func usageRoutes(_ client: LagoClient, _ reads: LagoReads) -> [APIRoute] {
        let finder = SubscriptionFinder(store: self.store, client: client, now: currentMilliseconds)
        let quiet = self.settings.worker.balanceDebounce
        let usage = UsageRoutes(
            store: self.store,
            client: client,
            finder: finder,
            forwarded: { [store, logger] customers in
                store.submit { transaction in
                    try transaction.look(afterUsageOf: customers, quiet: quiet, at: currentMilliseconds())
                } failed: { error in
                    logger.error("no look after usage", metadata: ["error": "\(error)"])
                }
            },
            metrics: self.registry,
            now: currentMilliseconds
        )
        return usage.routes + UsageReadRoutes(reads: reads, finder: finder, now: currentMilliseconds).routes
    }
}
