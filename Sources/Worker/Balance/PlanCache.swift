package import LagoAPI
private import Synchronization

/// Which charges of a plan are paid in advance: what current usage does not tell, and what hardly ever changes.
package final class PlanCache: Sendable {
    private struct Entry {
        let advanceCharges: Set<String>
        let readAt: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(300)
    private let client: LagoClient
    private let entries = Mutex<[String: Entry]>([:])

    package init(client: LagoClient) { self.client = client }

    /// Lago's ids of the charges that are invoiced at each use; none for a plan that is gone.
    func advanceCharges(ofPlan code: String) async throws -> Set<String> {
        let now = ContinuousClock.now
        if let known = self.entries.withLock({ $0[code] }), now - known.readAt < Self.lifetime {
            return known.advanceCharges
        }
        var charges: Set<String> = []
        do {
            charges = Set(try await self.client.plan(code: code).charges.filter(\.isPaidInAdvance).map(\.id))
        } catch LagoError.notFound {
            // A plan can be deleted while subscriptions to it run out.
        }
        self.entries.withLock { $0[code] = Entry(advanceCharges: charges, readAt: now) }
        return charges
    }
}
