import Foundation
import Sandbox
import TestSupport
import Testing

/// A file from before the purchases is put back, a process stands still, and webhooks go astray: nobody pays twice.
@Suite(.timeLimit(.minutes(5))) struct TopUpRestoreTests {
    private static let settings = [
        "AUTO_TOP_UP": "on", "AUTO_TOP_UP_DEFAULT": "all", "AUTO_TOP_UP_THRESHOLD": "20", "AUTO_TOP_UP_CREDITS": "50",
        "AUTO_TOP_UP_MAX_PER_MONTH": "500 EUR", "TOP_UP_LOOKUP_GRACE": "1s", "BALANCE_DEBOUNCE": "0s",
    ]

    private static func customer(_ id: String) -> SandboxConfiguration.SeedCustomer {
        .init(externalID: id, name: id, email: nil)
    }

    /// Waits until the customers' top-ups are in these states.
    private static func reaches(_ states: [String: String], _ home: SluiceHome) async throws -> Bool {
        try await eventually(within: .seconds(60)) {
            let rows = try await home.rows("top-ups", "list")
            let found = rows.map { ($0["external_customer_id"] as? String ?? "", $0["state"] as? String ?? "") }
            return found.count == states.count && Dictionary(found) { $1 } == states
        }
    }

    @Test func `yesterday's file takes over what was bought since, pending or declined, and buys nothing more`()
        async throws
    {
        try await SandboxPeer.running {
            $0.customers = ["pending", "declined"].map(Self.customer)
        } body: { lago in
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { _ in
                let areSeen = try await eventually { try await home.hasSeen(["pending", "declined"]) }
                #expect(areSeen)
            }
            let files = FileManager.default
            let copy = home.folder.path("yesterday")
            try files.createDirectory(atPath: copy, withIntermediateDirectories: false)
            let names = ["sluice.db", "sluice.db-wal"].filter { files.fileExists(atPath: home.folder.path($0)) }
            for name in names { try files.copyItem(atPath: home.folder.path(name), toPath: "\(copy)/\(name)") }

            for id in ["pending", "declined"] { try lago.sandbox.recordUsage(customer: id, units: "850") }
            func wake(_ sluice: SluiceProcess) async throws {
                lago.sandbox.removeEndpoints()
                try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(try await sluice.port())/webhooks/lago")
                for id in ["pending", "declined"] { try lago.sandbox.emit(.walletUpdated, customer: id) }
            }
            try await home.serving { sluice in
                try await wake(sluice)
                #expect(try await Self.reaches(["pending": "submitted", "declined": "submitted"], home))
                for invoice in lago.sandbox.invoiceIDs(of: "declined") { try lago.sandbox.declineInvoice(invoice) }
                #expect(try await Self.reaches(["pending": "submitted", "declined": "failed"], home))
            }
            for name in ["sluice.db", "sluice.db-wal", "sluice.db-shm"] {
                try? files.removeItem(atPath: home.folder.path(name))
            }
            for name in names { try files.copyItem(atPath: "\(copy)/\(name)", toPath: home.folder.path(name)) }
            try await home.serving { sluice in
                #expect(try await home.rows("top-ups", "list").isEmpty)
                try await wake(sluice)
                #expect(try await Self.reaches(["pending": "submitted", "declined": "failed"], home))
                try lago.sandbox.purchases.forEach { try lago.sandbox.settle($0.id) }
                #expect(try await Self.reaches(["pending": "settled", "declined": "settled"], home))
            }
            #expect(lago.sandbox.requestCount("/wallet_transactions", method: "POST") == 2)
            #expect(lago.sandbox.purchases.count == 2)
        }
    }

    @Test func `a process that stands still with a request under way keeps its file to itself`() async throws {
        try await SandboxPeer.running {
            $0.customers = [.init(externalID: "c", name: "Ada", email: nil, credits: "15")]
        } body: { lago in
            let (gate, held) = (Gate(), Record<Int>())
            lago.sandbox.onRequest = { request in
                guard request.method == "POST", request.moment == .beforeEffect else { return .goOn }
                held.add(1)
                await gate.wait()
                return .goOn
            }
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { frozen in
                #expect(await eventually(within: .seconds(60)) { held.count == 1 })
                frozen.signal(SIGSTOP)
                let other = try home.start(["serve"])
                let ending = try await other.while { try await other.ending(within: .seconds(60)) }
                #expect(ending.code != 0 && !ending.isBySignal, "another worker took the file")
                gate.open()
                #expect(await eventually { lago.sandbox.purchases.count == 1 })
                frozen.signal(SIGCONT)
                #expect(try await Self.reaches(["c": "submitted"], home))
            }
            #expect(lago.sandbox.requestCount("/wallet_transactions", method: "POST") == 1)
        }
    }

    @Test(arguments: ["duplicated", "reordered", "dropped"])
    func `top-ups are paid once, and known to be, where webhooks about them go astray`(fault: String) async throws {
        let customers = (1...5).map { "cust_\($0)" }
        try await SandboxPeer.running {
            $0.payments = .succeed
            $0.customers = customers.map { .init(externalID: $0, name: $0, email: nil, credits: "15") }
        } body: { lago in
            switch fault {
            case "duplicated": lago.sandbox.faults.duplicatedWebhook = .always
            case "reordered": lago.sandbox.faults.reorderedWebhook = .init(rate: 0.7)
            default: lago.sandbox.faults.droppedWebhook = .always
            }
            let home = try SluiceHome(lago.settings.merging(Self.settings) { $1 })
            try await home.serving { sluice in
                try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(try await sluice.port())/webhooks/lago")
                let settled = Dictionary(uniqueKeysWithValues: customers.map { ($0, "settled") })
                #expect(try await Self.reaches(settled, home))
            }
            #expect(lago.sandbox.purchases.count == customers.count)
            #expect(lago.sandbox.requestCount("/wallet_transactions", method: "POST") == customers.count)
        }
    }
}
