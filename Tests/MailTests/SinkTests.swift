import Foundation
import Mail
import Settings
import TestSupport
import Testing
import Transport

/// Messages handed to a real mail server, and to a folder.
@Suite struct SinkTests {
    private func sink(
        _ server: MailServer,
        scheme: String = "smtp",
        login: String? = nil,
        settings: [String: String] = [:],
        caFile: String? = nil
    ) async throws -> MailSink {
        var environment = settings
        environment["SMTP_URL"] = "\(scheme)://\(login.map { $0 + "@" } ?? "")127.0.0.1:\(server.port)"
        environment["MAIL_FROM"] = "Example Billing <billing@billing.test>"
        environment["PUBLIC_URL"] = "https://billing.test"
        let read = try Settings(await SettingsSource(environment: environment))
        return try #require(try MailSink(settings: read.mail, engine: try TransferEngine(caFile: caFile), now: { 0 }))
    }

    @Test(arguments: [MailServer.TLS.starttls, .implicit])
    func `a mail goes through TLS and AUTH by default, and arrives whole`(tls: MailServer.TLS) async throws {
        let certificates = try await Certificates()
        try await MailServer.running(tls: tls, certificates: certificates, login: "mailer:s3:cr@t") { server in
            let scheme = tls == .implicit ? "smtps" : "smtp"
            let login = "mailer:s3%3Acr%40t"
            let sink = try await self.sink(server, scheme: scheme, login: login, caFile: certificates.authority)
            #expect(await sink.probe() == nil)
            let message = try sampleMail()
            #expect(await sink.send(message) == .sent(SMTPReply(code: 250, text: "2.0.0 taken")))
            let taken = try #require(try server.taken().first)
            #expect(taken.tls && taken.authenticated && taken.recipients == ["ada@example.test"])
            #expect(taken.sender == "billing@billing.test")
            #expect([UInt8](taken.content) == (try message.bytes()))
            let mail = try await ParsedMail([UInt8](taken.content))
            #expect(mail.parts.first.map { $0.text + "\n" } == message.text, "dots and all")

            let wrong = try await self.sink(server, scheme: scheme, login: "mailer:no", caFile: certificates.authority)
            for outcome in [await wrong.send(message), await wrong.probe()] {
                guard case .relayUnavailable(_, let reply) = outcome else {
                    Issue.record("\(String(describing: outcome))")
                    continue
                }
                #expect(reply?.code == 535)
            }
            let stranger = try await self.sink(server, scheme: scheme, login: login)
            #expect(await stranger.send(message).label == "relay_unavailable")
            #expect(await stranger.probe()?.label == "relay_unavailable")
            #expect(try server.taken().count == 1, "a probe hands nothing in")
        }
    }

    @Test func `a server whose certificate is for another host gets nothing`() async throws {
        let certificates = try await Certificates(for: "DNS:elsewhere.test")
        try await MailServer.running(tls: .starttls, certificates: certificates) { server in
            let sink = try await self.sink(server, caFile: certificates.authority)
            #expect(await sink.send(try sampleMail()).label == "relay_unavailable")
            #expect(try server.taken().isEmpty)
        }
    }

    @Test func `without STARTTLS nothing is sent, unless the settings say so`() async throws {
        try await MailServer.running { server in
            let strict = try await self.sink(server)
            #expect(await strict.send(try sampleMail()).label == "relay_unavailable")
            #expect(await strict.probe()?.label == "relay_unavailable")
            for tls in ["opportunistic", "off"] {
                let sink = try await self.sink(server, settings: ["SMTP_TLS": tls])
                #expect(await sink.probe() == nil)
                #expect(await sink.send(try sampleMail()).label == "sent")
            }
            #expect(try server.taken().count == 2)
        }
    }

    @Test(arguments: [
        ("unknown@example.test", "recipient_unknown"), ("later@example.test", "again"),
        ("spam@example.test", "refused"), ("drop@example.test", "again"), ("dropdata@example.test", "unclear"),
        ("bare@example.test", "recipient_unknown"), ("policy@example.test", "refused"),
        ("login@example.test", "relay_unavailable"),
    ])
    func `an outcome says what follows`(recipient: String, label: String) async throws {
        try await MailServer.running { server in
            let sink = try await self.sink(server, settings: ["SMTP_TLS": "off"])
            #expect(await sink.send(try sampleMail(to: recipient)).label == label)
            #expect(await sink.send(try sampleMail()).label == "sent", "the server is none the worse for it")
        }
    }

    @Test func `a server that is not there is no fault of the message`() async throws {
        let port = try await MailServer.running { server in server }
        let sink = try await self.sink(port, settings: ["SMTP_TLS": "off"])
        #expect(await sink.send(try sampleMail()).label == "relay_unavailable")
        #expect(await sink.probe()?.label == "relay_unavailable")
    }

    @Test func `no more connections are used than the settings allow`() async throws {
        try await MailServer.running { server in
            let settings = ["SMTP_TLS": "off", "SMTP_MAX_CONNECTIONS": "2"]
            let sink = try await self.sink(server, settings: settings)
            await withDiscardingTaskGroup { group in
                for number in 0..<30 {
                    group.addTask {
                        guard let mail = try? sampleMail(key: "row-\(number)") else { return }
                        #expect(await sink.send(mail).label == "sent")
                    }
                }
            }
            let taken = try server.taken()
            #expect(taken.count == 30 && Set(taken.map(\.connection)).count <= 2)
        }
    }

    @Test func `no more mails go out in a minute than the settings allow`() async throws {
        try await MailServer.running { server in
            let settings = ["SMTP_TLS": "off", "SMTP_MAX_PER_MINUTE": "3"]
            let sink = try await self.sink(server, settings: settings)
            for _ in 0..<3 { #expect(await sink.send(try sampleMail()).label == "sent") }
            guard case .later(let wait) = await sink.send(try sampleMail()) else {
                Issue.record("a fourth mail was tried")
                return
            }
            #expect(wait > .seconds(50) && wait <= .seconds(60))
            #expect(try server.taken().count == 3)
        }
    }

    @Test func `a pace forgets what is a minute old`() {
        let pace = MailPace(maximumPerMinute: 2)
        let start = ContinuousClock.now
        #expect(pace.take(at: start) == nil && pace.take(at: start + .seconds(20)) == nil)
        #expect(pace.take(at: start + .seconds(30)) == .seconds(30))
        #expect(pace.take(at: start + .seconds(60)) == nil)
        #expect(pace.take(at: start + .seconds(61)) == .seconds(19))
        #expect(MailPace(maximumPerMinute: nil).take(at: start) == nil)
    }

    @Test func `a cancelled mail is no failed attempt`() async throws {
        try await MailServer.running { server in
            let sink = try await self.sink(server, settings: ["SMTP_TLS": "off", "SMTP_MAX_CONNECTIONS": "1"])
            let slow = Task { await sink.send(try sampleMail(to: "slow@example.test")) }
            let waiting = Task { await sink.send(try sampleMail()) }
            waiting.cancel()
            slow.cancel()
            #expect(try await waiting.value == .interrupted(mayHaveLeft: false))
            #expect(try await slow.value == .interrupted(mayHaveLeft: false))
            #expect(await sink.send(try sampleMail()).label == "sent")
        }
    }

    @Test func `a folder gets one file for a message, however often it is sent`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("mails/of today")
        let environment = ["SMTP_URL": "file://\(folder.path("mails/of%20today"))"]
        let settings = try Settings(await SettingsSource(environment: environment))
        let sink = try #require(try MailSink(settings: settings.mail, engine: try TransferEngine(), now: { 0 }))
        let message = try sampleMail()
        #expect(await sink.probe() == nil)
        for _ in 0..<2 { #expect(await sink.send(message).label == "sent") }
        #expect(await sink.send(try sampleMail(key: "row-2") { $0.kind = "../x" }).label == "sent")
        let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(files.count == 2 && files.contains("20261122T140500123Z-low_balance-\(message.id.local).eml"))
        let bytes = try #require(FileManager.default.contents(atPath: path + "/" + FolderSink.fileName(of: message)))
        #expect([UInt8](bytes) == (try message.bytes()))
        #expect(await sink.send(try sampleMail { $0.subject = "x\r\ny" }).label == "invalid")
    }

    @Test func `a folder that cannot be made is told at the start`() throws {
        #expect(throws: MailError.self) { try FolderSink(path: "/proc/none/mails") }
    }
}
