import Foundation
import Sandbox
import Signatures
import Store

/// From the webhook that reports the spending to the mail that tells of it, handed to SMTP.
///
/// All of `serve --role all` is in it: the debounce of two seconds, the look at Lago, the rules, the mail decided anew
/// and its reply. The customers come one by one, so that none waits for another; then all others at once.
struct MailLatencyBench {
    let folder: URL

    func run() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let sink = try await MailSinkProcess()
        try await sink.start()
        defer { sink.stop() }
        try await withLago(try RSAPrivateKey()) { lago in
            for customer in SpendingGroup.all.flatMap(\.customers) {
                try lago.sandbox.createCustomer(customer, email: "billing@example.org", credits: "100")
            }
            try await withSpendingServer(folder: self.folder, lago, sink.environment) { store in
                for group in SpendingGroup.all { try await group.waitForFirstLook(store) }
                for group in SpendingGroup.all { try await self.measure(group, lago, store) }
            }
        }
    }

    private func measure(_ group: SpendingGroup, _ lago: Lago, _ store: Store) async throws {
        var times: [Double] = []
        for (customer, began) in try await group.spend(at: lago) {
            let filter = MessageFilter(kind: "low_balance", customer: customer, state: .sent)
            try await waiting(upTo: .seconds(60), for: "the mail to \(customer)") {
                try await !store.messages(filter, limit: 1).isEmpty
            }
            guard let sentAt = try await store.messages(filter, limit: 1).first?.sentAt else { continue }
            times.append(Double(sentAt) / 1000 - began)
        }
        group.print("webhook to mail", times)
    }
}

/// Returns once `condition` holds, which is asked every 20 milliseconds.
func waiting(upTo limit: Duration, for what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw BenchError(description: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
