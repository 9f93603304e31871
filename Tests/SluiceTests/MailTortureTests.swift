import Foundation
import LagoEvents
import Sandbox
import Store
import TestSupport
import Testing

/// The promise about mails: each that is due is sent, whatever happens to the process, and a copy is known by its
/// Message-ID.
@Suite(.timeLimit(.minutes(60))) struct MailTortureTests {
    /// `TORTURE_ROUNDS` of `make torture` are for the receiving half; a tenth of them take as long here.
    private static let rounds = max(
        20,
        (ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap(Int.init) ?? 0) / 10
    )
    private static let perRound = 3

    @Test func `every due mail is sent through kill after kill, and copies have one Message-ID`() async throws {
        let customers = (1...Self.rounds * Self.perRound).map { "cust_\($0)" }
        try await MailServer.running { mail in
            try await SandboxPeer.running {
                $0.customers = customers.map { id in
                    SandboxConfiguration.SeedCustomer(externalID: id, name: id, email: "\(id)@example.test")
                }
            } body: { lago in
                let home = try Self.home(lago, mail)
                try await home.serving { _ in
                    try #require(
                        try await eventually(within: .seconds(120)) { try await Self.areAllSeen(home, customers) }
                    )
                }
                for round in 0..<Self.rounds {
                    let share = customers[round * Self.perRound..<(round + 1) * Self.perRound]
                    try await Self.round(home, lago, spending: Array(share))
                }
                // What the kills lost on the way from Lago, a later word on the customer makes good.
                try await home.serving { sluice in
                    try lago.sandbox.endpoint(at: try await sluice.port())
                    for id in customers { try lago.sandbox.emit(.walletUpdated, customer: id) }
                    let isAllSent = try await eventually(within: .seconds(120)) {
                        Set(try mail.taken().flatMap(\.recipients)).count == customers.count
                    }
                    let taken = try mail.taken().count
                    #expect(isAllSent, "\(taken) of \(customers.count)")
                    let isSettled = try await eventually(within: .seconds(60)) {
                        try await home.rows("messages", "list", "--state", "queued").isEmpty
                    }
                    #expect(isSettled, "a mail is stuck")
                }
                try await Self.check(mail, customers)
            }
        }
    }

    private static func home(_ lago: SandboxPeer, _ mail: MailServer) throws -> SluiceHome {
        try SluiceHome(
            lago.settings.merging([
                "SMTP_URL": "smtp://127.0.0.1:\(mail.port)", "SMTP_TLS": "off", "MAIL_FROM": "billing@example.test",
                "PUBLIC_URL": "https://billing.example.test", "BALANCE_DEBOUNCE": "0s",
                "LAGO_MAX_REQUESTS_PER_SECOND": "1000", "LOG_LEVEL": "notice",
            ]) { $1 }
        )
    }

    private static func areAllSeen(_ home: SluiceHome, _ customers: [String]) async throws -> Bool {
        let store = try Store(path: home.storePath, access: .command)
        defer { Task { try await store.close() } }
        for id in customers where try await store.balances(of: CustomerID(rawValue: id)).isEmpty { return false }
        return true
    }

    /// Starts the service, lets some customers run low, and kills it somewhere between the webhook and the verdict.
    private static func round(_ home: SluiceHome, _ lago: SandboxPeer, spending customers: [String]) async throws {
        let sluice = try home.start(["serve"])
        try await sluice.while {
            try lago.sandbox.endpoint(at: try await sluice.port())
            for id in customers {
                try lago.sandbox.recordUsage(customer: id, units: "850")
                try lago.sandbox.emit(.walletUpdated, customer: id)
            }
            // The moment of death is what the test varies.
            try await Task.sleep(for: .milliseconds(.random(in: 5...250)))
            sluice.signal(SIGKILL)
            let ending = try await sluice.ending()
            #expect(ending.isBySignal && ending.code == SIGKILL, "\(ending.errors)")
        }
    }

    private static func check(_ mail: MailServer, _ customers: [String]) async throws {
        var ids: [String: [String]] = [:]
        for taken in try mail.taken() {
            let text = String(decoding: taken.content, as: UTF8.self)
            let line = text.split(separator: "\r\n").first { $0.hasPrefix("Message-ID: ") }
            ids[taken.recipients.joined(), default: []].append(String(try #require(line)))
        }
        for id in customers {
            let copies = ids["\(id)@example.test"] ?? []
            #expect(Set(copies).count == 1, "\(id): \(copies)")
        }
        let count = ids.values.reduce(0) { $0 + $1.count }
        print("mails through kills: rounds \(Self.rounds), due \(customers.count), taken \(count)")
    }
}

extension Sandbox {
    /// Sends all webhooks to a server that has come up on another port.
    fileprivate func endpoint(at port: Int) throws {
        self.removeEndpoints()
        _ = try self.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
    }
}
