import Foundation
import TestSupport
import Testing
import Transport

@Suite struct MailDeliveryTests {
    private func delivery(
        to recipients: [String] = ["ada@example.test"],
        port: Int,
        scheme: String = "smtp",
        tls: SMTPDelivery.TLS = .off,
        deadline: Duration = .seconds(60)
    ) -> SMTPDelivery {
        SMTPDelivery(
            url: "\(scheme)://127.0.0.1:\(port)",
            tls: tls,
            sender: "billing@example.test",
            recipients: recipients,
            message: Array("Subject: hello\r\n\r\nA line.\r\n.\r\n..dots\r\nü\r\n".utf8),
            localName: "sluice.test",
            deadline: deadline
        )
    }

    @Test func `a mail arrives byte for byte, and the next one goes over the same connection`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            let delivery = self.delivery(to: ["ada@example.test", "bob@example.test"], port: server.port)
            let reply = try await engine.deliver(delivery)
            #expect(reply == SMTPReply(code: 250, text: "2.0.0 taken"))
            _ = try await engine.deliver(self.delivery(port: server.port))
            let taken = try server.taken()
            #expect(taken.map(\.connection) == [1, 1])
            #expect(taken.first?.recipients == ["ada@example.test", "bob@example.test"])
            #expect(taken.first?.sender == "billing@example.test")
            #expect(taken.first?.hello == "sluice.test")
            #expect(taken.first.map { [UInt8]($0.content) } == delivery.message)
        }
    }

    @Test func `a large mail and many at once arrive whole`() async throws {
        let engine = try TransferEngine(maximumConnectionsPerHost: 4)
        try await MailServer.running { server in
            var large = self.delivery(port: server.port)
            let line = Array((String(repeating: ".x", count: 38) + "\r\n").utf8)
            large.message += (0..<20_000).flatMap { _ in line }
            _ = try await engine.deliver(large)
            try await withThrowingDiscardingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try await engine.deliver(self.delivery(to: ["\(number)@example.test"], port: server.port))
                    }
                }
            }
            let taken = try server.taken()
            #expect(taken.count == 101)
            #expect(taken.first.map { [UInt8]($0.content) } == large.message)
            #expect(Set(taken.flatMap(\.recipients)).count == 101)
            #expect(Set(taken.map(\.connection)).count <= 4)
        }
    }

    @Test(arguments: [MailServer.TLS.starttls, .implicit])
    func `a mail goes through TLS with a password, and only to a server that is vouched for`(
        tls: MailServer.TLS
    ) async throws {
        let certificates = try await Certificates()
        try await MailServer.running(tls: tls, certificates: certificates, login: "mailer:s3cret") { server in
            var delivery = self.delivery(
                port: server.port,
                scheme: tls == .implicit ? "smtps" : "smtp",
                tls: .required
            )
            delivery.username = "mailer"
            delivery.password = "s3cret"
            let stranger = try TransferEngine()
            let refused = await #expect(throws: TransferError.self) { try await stranger.deliver(delivery) }
            #expect(refused?.kind == .tls)

            let engine = try TransferEngine(caFile: certificates.authority)
            _ = try await engine.deliver(delivery)
            let taken = try server.taken()
            #expect(taken.map(\.tls) == [true])
            #expect(taken.map(\.authenticated) == [true])
        }
    }

    @Test func `a wrong password is refused at AUTH`() async throws {
        let certificates = try await Certificates()
        let engine = try TransferEngine(caFile: certificates.authority)
        try await MailServer.running(tls: .starttls, certificates: certificates, login: "mailer:s3cret") { server in
            var delivery = self.delivery(port: server.port, tls: .required)
            delivery.username = "mailer"
            delivery.password = "guessed-wrong"
            let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
            #expect(error?.kind == .smtpRefused(.auth))
            #expect(error?.reply?.code == 535)
            #expect(error?.requestLeft == false)
            #expect(error.map { !"\($0)".contains("guessed-wrong") } ?? false)
        }
    }

    @Test func `without TLS nothing is said to a server that does not offer it`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            let error = await #expect(throws: TransferError.self) {
                try await engine.deliver(self.delivery(port: server.port, tls: .required))
            }
            #expect(error?.kind == .tls)
            #expect(error?.requestLeft == false)
            // Nor would it hurt: the mail may go in plain text where TLS is only wished for.
            _ = try await engine.deliver(self.delivery(port: server.port, tls: .opportunistic))
            #expect(try server.taken().map(\.tls) == [false])
        }
    }

    @Test func `a password goes in plain text to this machine alone`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running(login: "mailer:s3cret") { server in
            var delivery = self.delivery(port: server.port, tls: .opportunistic)
            delivery.username = "mailer"
            delivery.password = "s3cret"
            _ = try await engine.deliver(delivery)
            #expect(try server.taken().map(\.authenticated) == [true])
            // The same server by an address that does not look like this machine.
            delivery.url = "smtp://0.0.0.0:\(server.port)"
            let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
            #expect(error?.kind == .tls)
            delivery.tls = .off
            _ = try await engine.deliver(delivery)
            #expect(try server.taken().count == 2)
        }
    }

    @Test(arguments: [
        (to: "unknown@example.test", from: "a@b.test", stage: SMTPStage.recipient, code: 550, isFinal: true),
        (to: "later@example.test", from: "a@b.test", stage: .recipient, code: 451, isFinal: false),
        (to: "ada@example.test", from: "banned@b.test", stage: .sender, code: 553, isFinal: true),
        (to: "spam@example.test", from: "a@b.test", stage: .data, code: 554, isFinal: true),
    ])
    func `a refusal says what was refused, and how`(
        to: String,
        from: String,
        stage: SMTPStage,
        code: Int,
        isFinal: Bool
    ) async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            var delivery = self.delivery(to: [to], port: server.port)
            delivery.sender = from
            let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
            #expect(error?.kind == .smtpRefused(stage))
            #expect(error?.reply?.code == code)
            #expect(error?.canRetryHelp == !isFinal)
            #expect(error?.requestLeft == (stage == .data))
            if stage == .recipient, code == 550 {
                #expect(error?.reply?.text == "5.1.1 there is nobody\n5.1.1 of this name here")
            }
            // The server is none the worse for it.
            _ = try await engine.deliver(self.delivery(port: server.port))
            #expect(try server.taken().count == 1)
        }
    }

    @Test(arguments: [("421 4.3.2 closing down", 421, false), ("554 5.3.2 no service here", 554, true)])
    func `a server may refuse before anything is asked`(greeting: String, code: Int, isFinal: Bool) async throws {
        let engine = try TransferEngine()
        try await MailServer.running(options: ["--greeting", greeting]) { server in
            let error = await #expect(throws: TransferError.self) {
                try await engine.deliver(self.delivery(port: server.port))
            }
            #expect(error?.kind == .smtpRefused(.greeting))
            #expect(error?.reply?.code == code)
            #expect(error?.canRetryHelp == !isFinal)
        }
    }

    @Test(arguments: [("drop@example.test", false), ("dropdata@example.test", true)])
    func `a connection that is lost tells whether the message may have been taken`(
        recipient: String,
        requestLeft: Bool
    ) async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            let error = await #expect(throws: TransferError.self) {
                try await engine.deliver(self.delivery(to: [recipient], port: server.port))
            }
            #expect(error?.kind == .connectionLost)
            #expect(error?.requestLeft == requestLeft)
            #expect(error?.canRetryHelp == true)
            _ = try await engine.deliver(self.delivery(port: server.port))
        }
    }

    @Test func `a probe goes as far as a mail would, and hands none in`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running(login: "mailer:s3cret") { server in
            var delivery = self.delivery(port: server.port)
            delivery.username = "mailer"
            delivery.password = "s3cret"
            try await engine.probe(delivery)
            #expect(try server.taken().isEmpty)
            delivery.password = "guessed-wrong"
            let refused = await #expect(throws: TransferError.self) { try await engine.probe(delivery) }
            #expect(refused?.kind == .smtpRefused(.auth) && refused?.reply?.code == 535)
            delivery.password = "s3cret"
            delivery.tls = .required
            let plain = await #expect(throws: TransferError.self) { try await engine.probe(delivery) }
            #expect(plain?.kind == .tls && plain?.requestLeft == false)
            delivery.tls = .off
            _ = try await engine.deliver(delivery)
            #expect(try server.taken().map(\.connection) == [4], "a probe's connection is its own")
        }
    }

    @Test(arguments: [("slow@example.test", SMTPStage.recipient), ("slowdata@example.test", .data)])
    func `a mail that takes too long says what the server was asked`(recipient: String, stage: SMTPStage) async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            let delivery = self.delivery(to: [recipient], port: server.port, deadline: .milliseconds(500))
            let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
            #expect(error?.kind == .timedOut && error?.stage == stage)
        }
    }

    @Test func `a server that does not answer is given up, and does not hold up the others`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running(options: ["--mute-quit"]) { server in
            let error = await #expect(throws: TransferError.self) {
                try await engine.deliver(
                    self.delivery(to: ["slow@example.test"], port: server.port, deadline: .milliseconds(300))
                )
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.requestLeft == false)
            _ = try await engine.deliver(self.delivery(port: server.port))
            let start = ContinuousClock.now
            await engine.shutdown()
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test func `a refusal by a server that does not answer QUIT costs a second at most`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running(options: ["--mute-quit"]) { server in
            let start = ContinuousClock.now
            let error = await #expect(throws: TransferError.self) {
                try await engine.deliver(self.delivery(to: ["unknown@example.test"], port: server.port))
            }
            #expect(error?.kind == .smtpRefused(.recipient))
            #expect(error?.reply?.code == 550)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test func `a cancelled mail is not delivered`() async throws {
        let engine = try TransferEngine()
        try await MailServer.running { server in
            let task = Task { try await engine.deliver(self.delivery(to: ["slow@example.test"], port: server.port)) }
            task.cancel()
            let error = await #expect(throws: TransferError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            let taken = try server.taken()
            #expect(taken.isEmpty)
        }
    }

    /// libcurl 7.88, asked to let go of a mail, ends its message with a dot wherever it is.
    @Test(arguments: [true, false])
    func `a mail that is given up in the middle of its message is not ended as if it were whole`(
        cancelled: Bool
    ) async throws {
        let engine = try TransferEngine()
        let (begun, givenUp, ended) = (Record<Int>(), Record<Int>(), Record<[UInt8]>())
        try await TCPPeer.serving { connection in
            try await connection.write("220 mail.test\r\n")
            for reply in ["250 mail.test", "250 ok", "250 ok", "354 go on"] {
                _ = try await connection.read()
                try await connection.write("\(reply)\r\n")
            }
            var end = try await connection.read() ?? []
            begun.add(1)
            _ = await eventually { givenUp.count == 1 }
            while let more = try await connection.read() { end = Array((end + more).suffix(5)) }
            ended.add(end)
        } during: { peer in
            // More than goes into the buffers between here and a peer that does not read.
            var delivery = self.delivery(port: peer.port, deadline: cancelled ? .seconds(60) : .seconds(10))
            delivery.message += [UInt8](repeating: 0x78, count: 24 << 20) + [13, 10]
            let task = Task { [delivery] in try await engine.deliver(delivery) }
            if cancelled {
                #expect(await eventually { begun.count == 1 })
                task.cancel()
            }
            let error = await #expect(throws: TransferError.self) { try await task.value }
            givenUp.add(1)
            #expect(error?.kind == (cancelled ? .cancelled : .timedOut))
            #expect(error?.requestLeft == true)
            #expect(await eventually { ended.count == 1 })
            #expect(ended.all.first.map { $0 != Array("\r\n.\r\n".utf8) } ?? false)
        }
    }

    @Test(arguments: [
        "a@b.test>\r\nRCPT TO:<c@d.test", "a@b.test\n", "a\0@b.test", "<a@b.test>", "a b@c.test", "", "a", "@b.test",
        "a@",
    ])
    func `an address that would become a command is refused`(address: String) async throws {
        let engine = try TransferEngine()
        var delivery = self.delivery(to: [address], port: 1)
        var error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
        #expect(error?.kind == .invalidRequest)
        if !address.isEmpty {
            delivery = self.delivery(port: 1)
            delivery.sender = address
            error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
            #expect(error?.kind == .invalidRequest)
        }
    }

    @Test(arguments: ["a\nb\r\n", "a\rb\r\n", "a\r\n\n.\r\n", "a\0\r\n", "a\r", "\n"])
    func `a message that a server may see end early is refused`(message: String) async throws {
        let engine = try TransferEngine()
        var delivery = self.delivery(port: 1)
        delivery.message = Array(message.utf8)
        let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
        #expect(error?.kind == .invalidRequest)
    }

    @Test(arguments: [
        "http://127.0.0.1/", "smtp://127.0.0.1/name", "smtp://a:b@127.0.0.1", "smtp://", "127.0.0.1:25",
        "file:///tmp/x",
        "smtp://127.0.0.1:25\r\nX",
    ])
    func `a URL that is not plain SMTP is refused`(url: String) async throws {
        let engine = try TransferEngine()
        var delivery = self.delivery(port: 1)
        delivery.url = url
        let error = await #expect(throws: TransferError.self) { try await engine.deliver(delivery) }
        #expect(error?.kind == .invalidURL)
    }
}
