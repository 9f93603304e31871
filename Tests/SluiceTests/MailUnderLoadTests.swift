import Foundation
import Sandbox
import Store
import TestSupport
import Testing

/// What one part of the world does to mail never holds up the rest of it.
@Suite(.timeLimit(.minutes(3))) struct MailUnderLoadTests {
    private static let connections = 4

    /// Runs `sluice serve` between a Lago without customers and a mail server.
    private func onStage(
        _ options: [String],
        login: String? = nil,
        body: (MailLoopTests.Stage) async throws -> Void
    ) async throws {
        try await MailServer.running(login: login, options: options) { mail in
            try await SandboxPeer.running {
                $0.customers = []
            } body: { lago in
                let user = login.map { "\($0)@" } ?? ""
                let home = try SluiceHome(
                    lago.settings.merging([
                        "SMTP_URL": "smtp://\(user)127.0.0.1:\(mail.port)", "SMTP_TLS": "off",
                        "SMTP_MAX_CONNECTIONS": "\(Self.connections)", "MAIL_FROM": "billing@example.test",
                        "PUBLIC_URL": "https://billing.example.test", "OPERATOR_EMAIL": "ops@ops.example",
                        "BALANCE_DEBOUNCE": "50ms", "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
                    ]) { $1 }
                )
                try await home.serving { sluice in
                    let port = try await sluice.port()
                    _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
                    try await body(MailLoopTests.Stage(lago: lago, mail: mail, home: home))
                }
            }
        }
    }

    /// How many mails to this domain the server has taken.
    private func count(_ domain: String, _ stage: MailLoopTests.Stage) throws -> Int {
        try stage.mail.taken().count { $0.recipients.allSatisfy { $0.hasSuffix("@\(domain)") } }
    }

    @Test func `a domain that takes its time holds up nobody else`() async throws {
        try await self.onStage(["--slow-domain", "slow.example"]) { stage in
            try stage.welcome(1...12, at: "slow.example")
            let isBusy = try await eventually { try stage.mail.held().count == Self.connections - 1 }
            try #require(isBusy)
            try #require(try await eventually { try await stage.fates().count { $0.state == "queued" } == 12 })

            try stage.welcome(1...12, at: "fast.example")
            let areThere = try await eventually { try self.count("fast.example", stage) == 12 }
            #expect(areThere)
            // The slow ones wait all the while, and have no more than their share of the connections.
            #expect(try self.count("slow.example", stage) == 0)
            #expect(try stage.mail.held().count == Self.connections - 1)

            try stage.mail.release()
            let areAllThere = try await eventually { try self.count("slow.example", stage) == 12 }
            #expect(areAllThere)
            let fast = try stage.mail.taken().prefix(12).flatMap(\.recipients)
            #expect(fast.allSatisfy { $0.hasSuffix("@fast.example") })
            #expect(Set(try stage.mail.taken().flatMap(\.recipients)).count == 24)
        }
    }

    @Test(arguments: ["550 5.7.1 access denied", "550 5.1.1 no such user here"])
    func `a domain that refuses everybody waits by itself, and loses nobody's address`(reply: String) async throws {
        try await self.onStage(["--refuse-domain", "refusing.example", "--refuse-with", reply]) { stage in
            try await self.stopDomain(stage)
            let suppressed = try await self.suppressed(stage)
            #expect(suppressed.isEmpty)
            try stage.welcome(3...8, at: "fast.example")
            let areThere = try await eventually { try self.count("fast.example", stage) == 8 }
            #expect(areThere)
            try await self.checkAlert(stage)
        }
    }

    /// Mails to a domain that others are mailed beside, until no more are tried there.
    private func stopDomain(_ stage: MailLoopTests.Stage) async throws {
        try stage.welcome(1...2, at: "fast.example")
        let areOthersTaken = try await eventually { try self.count("fast.example", stage) == 2 }
        try #require(areOthersTaken)
        try stage.welcome(1...12, at: "refusing.example")
        let isStopped = try await eventually {
            let waiting = try await stage.fates().filter { $0.state == "queued" && $0.isRefused }
            return waiting.count == 7 && waiting.contains { $0.reason == "the relay refuses the whole domain" }
        }
        try #require(isStopped)
        // The first five could have been wrong.
        let failed = try await stage.fates().filter { $0.state == "failed" }
        #expect(failed.count == 5)
    }

    private func checkAlert(_ stage: MailLoopTests.Stage) async throws {
        let isTold = try await eventually { try self.count("ops.example", stage) == 1 }
        try #require(isTold)
        let alerts = try await stage.fates().filter { $0.kind == "operator_alert" }
        #expect(alerts.count == 1)
        for mail in try await stage.mails() where mail.to.first?.last == "ops@ops.example" {
            let text = try #require(mail.plainText)
            #expect(text.contains("refusing.example"))
        }
        let count = try self.count("refusing.example", stage)
        #expect(count == 0)
    }

    /// The addresses at the refusing domain that get no mail any more.
    private func suppressed(_ stage: MailLoopTests.Stage) async throws -> [String] {
        try await stage.home.store { store in
            var found: [String] = []
            for number in 1...12 {
                let address = "customer\(number)@refusing.example"
                if try await store.suppression(of: address, kind: "invoice_issued") != nil { found.append(address) }
            }
            return found
        }
    }
}

/// What has become of a message.
private struct Fate: Sendable {
    let kind: String
    let state: String
    let recipient: String
    let reason: String?

    var isRefused: Bool { self.recipient.hasSuffix("@refusing.example") }
}

extension MailLoopTests.Stage {
    /// New customers, whose subscriptions start, which is mailed.
    fileprivate func welcome(_ numbers: ClosedRange<Int>, at domain: String) throws {
        for number in numbers {
            try self.lago.sandbox.createCustomer("\(domain) \(number)", email: "customer\(number)@\(domain)")
        }
    }

    fileprivate func fates() async throws -> [Fate] {
        try await self.home.store { store in
            try await store.messages(MessageFilter(), limit: 1000).map { message in
                Fate(
                    kind: message.kind,
                    state: message.state.rawValue,
                    recipient: message.recipient,
                    reason: message.reason
                )
            }
        }
    }
}
