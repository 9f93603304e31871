import Foundation
import Jobs
import LagoEvents
import Signatures
import Store
import TestSupport

/// A store in a folder of its own.
struct StoreFixture {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try Store(path: self.folder.path("sluice.db"))
    }

    func enqueue(_ job: NewJob, dueAt: Int64 = 0, at now: Int64 = 0) async throws {
        try await self.store.write { try $0.enqueue(job, .replace(dueAt: dueAt), at: now) }
    }

    func claim(_ limit: Int = 16, owner: String = "a", for duration: Duration = .seconds(30), at now: Int64)
        async throws
        -> [Lease]
    {
        try await self.store.write { try $0.claim(limit: limit, owner: owner, for: duration, at: now) }
    }

    @discardableResult
    func settle(_ lease: Lease, as verdict: Verdict, at now: Int64) async throws -> Bool {
        try await self.store.write { try $0.settle(lease, as: verdict, at: now) }
    }

    func record(_ key: String, body: String, at now: Int64 = 0) async throws -> Recording {
        let delivery = try Self.delivery(key, body: body, at: now)
        return try await self.store.write { try $0.record(delivery) }
    }

    static func delivery(_ key: String, body: String, at now: Int64 = 0) throws -> Delivery {
        let bytes = Array(body.utf8)
        return Delivery(
            key: EventKey(rawValue: key),
            envelope: Envelope(body: bytes),
            digest: try SHA256.digest(of: bytes),
            body: bytes,
            receivedAt: now
        )
    }

    static func walletUpdated(_ customer: String, balance: Int = 0) -> String {
        """
        {"webhook_type":"wallet.updated","object_type":"wallet","organization_id":"o",\
        "wallet":{"external_customer_id":"\(customer)","balance_cents":\(balance)}}
        """
    }
}

extension NewJob {
    static func plain(_ key: String) -> NewJob { NewJob(kind: .look, key: key) }

    static func laned(_ key: String, customer: String, lane: Lane = .balance, maxAttempts: Int = 20) -> NewJob {
        NewJob(kind: .look, key: key, customer: customer, lane: lane, maxAttempts: maxAttempts)
    }
}
