import Foundation
import Sandbox
import Store
import TestSupport
import Testing

/// Reports of mail providers at the running program.
@Suite(.timeLimit(.minutes(5))) struct MailReportLoopTests {
    private static let secret = "a secret of 2 & more"

    private func report(_ address: String, to port: Int, secret: String = Self.secret) async throws -> Int? {
        let body = #"{"RecordType":"Bounce","Type":"HardBounce","Email":"\#(address)","Details":"smtp;550 5.1.1"}"#
        let credentials = Data("postmark:\(secret)".utf8).base64EncodedString()
        let headers = [("Authorization", "Basic \(credentials)"), ("Content-Type", "application/json")]
        return try await HTTPRequestText(
            "POST",
            "/webhooks/mail/postmark",
            headers: headers,
            body: Array(body.utf8)
        ).send(to: port)?.status
    }

    @Test func `an address that was reported gets no more mail, until that is lifted`() async throws {
        let seeds = ["lost", "kept"].map {
            SandboxConfiguration.SeedCustomer(externalID: $0, name: $0, email: "\($0)@example.test")
        }
        try await SandboxPeer.running {
            $0.customers = seeds
        } body: { lago in
            let folder = try TemporaryFolder()
            let home = try SluiceHome(
                lago.settings.merging([
                    "SMTP_URL": "file://\(folder.url.path)", "MAIL_WEBHOOK_SECRET": Self.secret,
                    "BALANCE_DEBOUNCE": "50ms", "LOW_BALANCE_MIN_INTERVAL": "0s",
                    "LAGO_MAX_REQUESTS_PER_SECOND": "1000",
                ]) { $1 }
            )
            func states(of customer: String) async throws -> [String?] {
                try await home.rows("messages", "list", "--customer", customer).map { $0["state"] as? String }
            }
            func spend(_ credits: Int, by customer: String) throws {
                try lago.sandbox.recordUsage(customer: customer, units: "\(credits * 10)")
                try lago.sandbox.emit(.walletUpdated, customer: customer)
            }
            try await home.serving { sluice in
                let port = try await sluice.port()
                _ = try lago.sandbox.addEndpoint(url: "http://127.0.0.1:\(port)/webhooks/lago")
                try #require(try await eventually { try await home.hasSeen(["lost", "kept"]) })
                #expect(try await self.report("Lost@Example.test", to: port, secret: "wrong") == 401)
                #expect(try await self.report("Lost@Example.test", to: port) == 200)
                for customer in ["lost", "kept"] { try spend(85, by: customer) }
                try #require(try await eventually { try await states(of: "kept") == ["sent"] })
                try #require(try await eventually { try await states(of: "lost") == ["suppressed"] })
                let row = try #require(try await home.rows("messages", "list", "--customer", "lost").first)
                #expect(row["reason"] as? String == "bounced")

                let metrics = try await HTTPRequestText("GET", "/metrics").send(to: port)?.text ?? ""
                #expect(metrics.contains(#"sluice_mail_reports_total{provider="postmark",kind="bounced"} 1"#))
                #expect(metrics.contains(#"sluice_mail_reports_total{provider="postmark",kind="rejected"} 1"#))
            }
            let mails = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
                $0.hasSuffix(".eml")
            }
            #expect(mails.count == 1)
        }
    }

    @Test func `without a secret there is no such route`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": "k"])
        try await home.serving { sluice in
            let port = try await sluice.port()
            for secret in ["", Self.secret] {
                #expect(try await self.report("a@x.example", to: port, secret: secret) == 404)
            }
        }
    }

    @Test func `reports are taken where Lago's webhooks are`() async throws {
        let home = try SluiceHome([
            "LAGO_WEBHOOK_HMAC_KEY": "k", "MAIL_WEBHOOK_SECRET": Self.secret, "WEBHOOK_PORT": "0",
        ])
        try await home.serving { sluice in
            let (main, webhooks) = (try await sluice.port(), try await sluice.port(of: "webhooks"))
            #expect(try await self.report("a@x.example", to: main) == 404)
            #expect(try await self.report("a@x.example", to: webhooks) == 200)
        }
        let found = try await home.rows("mail", "suppressions", "list")
        #expect(found.map { $0["address"] as? String } == ["a@x.example"])
        #expect(found.first?["detail"] as? String == "HardBounce: smtp;550 5.1.1")
    }
}
