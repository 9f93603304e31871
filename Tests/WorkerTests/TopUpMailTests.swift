import Foundation
import Jobs
import LagoEvents
import Mail
import Notices
import Rules
import Sandbox
import Settings
import Signatures
import Store
import Telemetry
import TestSupport
import Testing
import Transport
import Worker

/// What mails about top-ups say, and what they wait for.
@Suite(.timeLimit(.minutes(2))) struct TopUpMailTests {
    /// A worker that sends mail into a folder.
    private struct Post {
        let world: TopUpWorld
        let lane = MailLane()

        /// Makes an attempt at a message, by default the newest; returns the mail, if it was sent.
        func attempt(_ number: Int64? = nil) async throws -> (mail: ParsedMail?, message: Message?) {
            let engine = try TransferEngine()
            let newest = try await self.world.store.messages(limit: 1).first?.id
            let id = try #require(number ?? newest)
            let lease = Lease(
                jobID: JobID(rawValue: 1),
                kind: .mail,
                key: "\(id)",
                customer: "c",
                arguments: nil,
                owner: "test",
                claim: 1,
                attempt: 1,
                maxAttempts: .max,
                until: .max,
                dueAt: 0
            )
            let handler = try await self.world.fixture.mailHandler(
                self.world.looks,
                engine: engine,
                lane: self.lane,
                now: self.world.now
            )
            let outcome = try await handler(lease)
            try await self.world.store.write(outcome.writes)
            await engine.shutdown()
            let message = try await self.world.store.message(id)
            guard message?.state == .sent else { return (nil, message) }
            let folder = self.world.fixture.folder.path("mails")
            let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().last)
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            return (try await ParsedMail([UInt8](bytes)), message)
        }
    }

    private func text(_ mail: ParsedMail?) throws -> String { try #require(mail?.plainText) }

    @Test func `a receipt waits for Lago to make the file, and ten minutes later goes with the link`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            world.sandbox.delayDocuments(by: nil)
            #expect(try await world.steps(to: .settled))
            #expect(try await Post(world: world).attempt().message?.state == .queued)
            let late = try await Post(world: world.ahead(by: .seconds(601))).attempt()
            let text = try self.text(late.mail)
            #expect(late.mail?.files.isEmpty == true && text.contains("https://sluice.test/i/"))
            #expect(text.contains("New balance: 65 credits"))
        }
    }

    @Test func `a receipt has the file as soon as it is made`() async throws {
        try await TopUpWorld.running(payments: .succeed, deadline: TopUpWorld.patient) { world in
            world.sandbox.delayDocuments(by: .milliseconds(200))
            #expect(try await world.steps(to: .settled))
            var mail: ParsedMail?
            let isSent = try await eventually {
                mail = try await Post(world: world).attempt().mail
                return mail != nil
            }
            #expect(isSent && mail?.files.count == 1)
            #expect(try self.text(mail).contains("/i/") == false)
        }
    }

    @Test func `a refused payment has the provider's words, the link and the next try`() async throws {
        try await TopUpWorld.running(payments: .decline, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .failed))
            let topUp = try #require(try await world.topUps().first)
            let fact = Fact(
                .walletTransaction,
                id: try #require(topUp.transactionID),
                "failed",
                type: WebhookType(rawValue: "wallet_transaction.payment_failure"),
                customer: TopUpWorld.customer,
                at: nil,
                detail: "Insufficient <funds>."
            )
            _ = try await world.store.write { try $0.learn([fact], from: .webhook, at: 1) }
            let text = try self.text(try await Post(world: world).attempt().mail)
            #expect(text.contains("The payment provider says: Insufficient <funds>."))
            #expect(text.contains("It will be tried again on") && text.contains("/sandbox/pay/"))
        }
    }

    @Test func `what was paid before its mail went out is not told as declined`() async throws {
        try await TopUpWorld.running(payments: .decline, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .failed))
            try world.sandbox.payByLink(try #require(world.sandbox.invoiceIDs(of: "c").first))
            let before = try await Post(world: world).attempt()
            #expect(before.message?.state == .superseded, "Lago gives no link for what is paid")
        }
    }

    @Test func `who has no provider gets the invoice and the operator's words`() async throws {
        let allowance = TopUpWorld.allowance(chargesWithoutProvider: true)
        try await TopUpWorld.running(provider: nil, allowance: allowance, deadline: TopUpWorld.patient) { world in
            let isAsked = try await eventually {
                try await world.step()
                return try await world.mails() == ["top_up_action_required"]
            }
            try #require(isAsked)
            let mail = try await Post(world: world).attempt().mail
            let text = try self.text(mail)
            #expect(mail?.files.count == 1 && text.contains("IBAN DE02 1203\nSay the number"))
            #expect(text.contains("50 credits are ready for your account"))
        }
    }

    @Test(arguments: [false, true])
    func `a pause has the link that resumes, and is no news once somebody has resumed`(isResumed: Bool) async throws {
        try await TopUpWorld.running(deadline: TopUpWorld.patient) { world in
            let declined = try await world.declined(hoursAgo: 10)
            var failed = declined
            failed.failures = (1...3).map { KeptTime(declined.failures[0].at + $0) }
            let moved = failed
            try #require(try await world.store.write { try $0.move(moved, from: "failed") })
            try await world.step()
            #expect(try await world.reason() == "paused_after_failures")
            if isResumed {
                let resume = TopUpResume(store: world.store)
                _ = try await resume.resume(TopUpWorld.customer, by: .customerByLink, at: world.now())
                try await world.step()
            }
            let paused = try await world.store.messages(MessageFilter(kind: "top_up_paused"), limit: 2)
            #expect(paused.count == 1)
            let (mail, message) = try await Post(world: world).attempt(paused.first?.id)
            #expect(message?.state == (isResumed ? .superseded : .sent))
            guard !isResumed else { return }
            let text = try self.text(mail)
            #expect(text.contains("3 payments in a row failed") && text.contains("https://sluice.test/r/"))
            #expect(text.contains("/sandbox/pay/"))
        }
    }

    @Test func `a limit that has begun anew is not told of`() async throws {
        let allowance = TopUpWorld.allowance(maxPerMonth: 5000)
        try await TopUpWorld.running(payments: .succeed, allowance: allowance, deadline: TopUpWorld.patient) { world in
            #expect(try await world.steps(to: .settled))
            let mails = try await world.mails()
            #expect(mails.last == "top_up_limit")
            let late = try await Post(world: world.ahead(by: .seconds(40 * 86_400))).attempt()
            #expect(late.message?.state == .superseded)
        }
    }
}
