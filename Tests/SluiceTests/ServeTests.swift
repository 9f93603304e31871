import Foundation
import TestSupport
import Testing

/// `sluice serve` as an operator meets it.
@Suite(.timeLimit(.minutes(5))) struct ServeTests {
    /// A setting that cannot be used, and what must be said of it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let key: String
        let value: String
        /// Nil where the value is a secret.
        let shown: String?
        let fix: String
        /// The key that is at fault, where it is another one.
        var named: String?

        var testDescription: String { "\(self.key)=\(self.value)" }
    }

    static let mistakes = [
        Mistake(key: "PORT", value: "eighty", shown: "eighty", fix: "whole number from 0 to 65535"),
        Mistake(key: "PORT", value: "65536", shown: "65536", fix: "whole number from 0 to 65535"),
        Mistake(key: "METRICS_PORT", value: "-1", shown: "-1", fix: "whole number"),
        Mistake(key: "LAGO_API_URL", value: "lago.example.com", shown: "lago.example.com", fix: "http or https"),
        Mistake(key: "LAGO_API_URL", value: "ftp://me:hunter2@lago", shown: nil, fix: "http or https"),
        Mistake(key: "LAGO_ORGANIZATION_ID", value: "acme", shown: "acme", fix: "UUID"),
        Mistake(key: "LAGO_WEBHOOK_ALGORITHMS", value: "jwt,none", shown: "jwt,none", fix: "jwt, hmac"),
        Mistake(
            key: "LAGO_WEBHOOK_ALGORITHMS",
            value: "hmac",
            shown: nil,
            fix: "hmac alone needs",
            named: "LAGO_WEBHOOK_HMAC_KEY"
        ),
        Mistake(key: "LAGO_WEBHOOK_HMAC_KEY_FILE", value: "/nowhere/key", shown: "/nowhere/key", fix: "can be read"),
        Mistake(key: "DATABASE_URL", value: "postgres://me:hunter2@db", shown: nil, fix: "sqlite:PATH"),
        Mistake(key: "LOG_FORMAT", value: "xml", shown: "xml", fix: "text, json"),
        Mistake(key: "BALANCE_DEBOUNCE", value: "2 s", shown: "2 s", fix: "duration"),
        Mistake(key: "WORKER_CONCURRENCY", value: "0", shown: "0", fix: "from 1"),
        Mistake(key: "CA_FILE", value: "/nowhere/ca.pem", shown: "/nowhere/ca.pem", fix: "certificate"),
    ]

    @Test(arguments: mistakes)
    func `serve and check name a wrong setting, its value and the fix, and open no port`(
        mistake: Mistake
    ) async throws {
        let home = try SluiceHome([mistake.key: mistake.value])
        for command in ["serve", "check"] {
            let ending = try await home.run(command)
            let said = ending.errors + ending.output
            #expect(ending.code == 1 && !ending.isBySignal, "\(command): \(said)")
            #expect(!said.contains("\"listening\""))
            #expect(said.contains(mistake.fix), "\(command): \(said)")
            #expect(said.contains(mistake.named ?? mistake.key), "\(command): \(said)")
            if let shown = mistake.shown { #expect(said.contains(shown), "\(command): \(said)") }
            #expect(!said.contains("hunter2"), "a password is shown")
        }
    }

    @Test func `a setting without Lago only degrades the server`() async throws {
        try await SluiceHome().serving { sluice in
            let port = try await sluice.port()
            let health = try #require(try await HTTPRequestText("GET", "/healthz").send(to: port))
            #expect(health.status == 200)
            let ready = try #require(try await HTTPRequestText("GET", "/readyz").send(to: port))
            #expect(ready.status == 200)
            #expect(ready.text.contains("\"status\":\"degraded\""))
            #expect(ready.text.contains("LAGO_API_URL") && ready.text.contains("LAGO_API_KEY"))
            #expect(sluice.messages.contains("Lago is not configured"))
        }
    }

    @Test func `check fails without Lago and passes with it`() async throws {
        var home = try SluiceHome()
        let bare = try await home.run("check")
        #expect(bare.code == 1 && bare.output.contains("LAGO_API_URL") && bare.output.contains("LAGO_API_KEY"))
        home.settings["LAGO_API_URL"] = "https://lago.example.com"
        home.settings["LAGO_API_KEY"] = "hunter2"
        let complete = try await home.run("check")
        #expect(complete.code == 0, "\(complete.output)")
        #expect(!complete.output.contains("hunter2"))
        #expect(!FileManager.default.fileExists(atPath: home.storePath), "check made a store")
        home.settings["DATABASE_URL"] = "sqlite:\(home.folder.path("file"))/sluice.db"
        _ = FileManager.default.createFile(atPath: home.folder.path("file"), contents: nil)
        let impossible = try await home.run("check")
        #expect(impossible.code == 1 && impossible.output.contains("set DATABASE_URL"), "\(impossible.output)")
    }

    @Test(arguments: [["--role", "all"], ["--role", "receiver"], ["--role", "worker"]])
    func `a second process of a role refuses to start on the same file`(role: [String]) async throws {
        let home = try SluiceHome()
        try await home.serving { _ in
            let process = try home.start(["serve"] + role)
            let ending = try await process.while { try await process.ending() }
            #expect(ending.code == 1 && ending.errors.contains("another process serves"), "\(ending.errors)")
            #expect(!ending.errors.contains("\"listening\""))
        }
        try await home.serving { #expect($0.isRunning) }
    }

    @Test func `a port that is taken is told in words`() async throws {
        let home = try SluiceHome()
        try await home.serving { sluice in
            let other = try SluiceHome(["PORT": "\(try await sluice.port())"])
            let ending = try await other.run("serve")
            #expect(ending.code == 1 && ending.errors.contains("cannot listen on 127.0.0.1"), "\(ending.errors)")
        }
    }

    @Test func `each listener has its own routes`() async throws {
        let home = try SluiceHome([
            "WEBHOOK_PORT": "0", "METRICS_PORT": "0", "LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey,
        ])
        try await home.serving { sluice in
            let (http, webhooks) = (try await sluice.port(), try await sluice.port(of: "webhooks"))
            let metrics = try await sluice.port(of: "metrics")
            let webhook = try Webhook.hmac(Webhook.body())
            #expect(try await webhook.send(to: webhooks)?.status == 200)
            #expect(try await webhook.send(to: http)?.status == 404)
            #expect(try await webhook.send(to: metrics)?.status == 404)
            let ask = HTTPRequestText("GET", "/metrics")
            #expect(try await ask.send(to: http)?.status == 404)
            #expect(try await ask.send(to: webhooks)?.status == 404)
            #expect(try await HTTPRequestText("GET", "/readyz").send(to: http)?.status == 200)
            // Headers as large as Lago's JWT are taken where webhooks are, and nowhere else.
            let large = webhook.with("X-Padding", String(repeating: "p", count: 200 << 10))
            #expect(try await large.send(to: webhooks)?.status == 200)
            let refused = try await HTTPRequestText("GET", "/healthz", headers: large.headers).send(to: http)
            #expect(refused == nil || [400, 431].contains(refused?.status))
            #expect(try await ask.send(to: metrics)?.status == 200)
        }
    }

    @Test func `metrics have the names that dashboards know`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey, "BALANCE_DEBOUNCE": "0s"])
        try await home.serving { sluice in
            let port = try await sluice.port()
            let webhook = try Webhook.hmac(Webhook.body())
            #expect(try await webhook.send(to: port)?.status == 200)
            #expect(try await webhook.send(to: port)?.status == 200)
            #expect(try await webhook.with("X-Lago-Signature", "x").send(to: port)?.status == 401)
            var text = ""
            let wanted = [
                #"sluice_deliveries_total{outcome="pending"} 1"#, #"sluice_deliveries_total{outcome="duplicate"} 1"#,
                #"sluice_deliveries_total{outcome="rejected"} 1"#, #"sluice_rejections_total{reason="signature"} 1"#,
                "sluice_ack_seconds_count 2", "sluice_commit_batch_size_bucket", #"sluice_jobs{kind="look""#,
                #"sluice_attempts_total{kind="look",result="again"}"#, #"sluice_attempt_seconds_count{kind="look"}"#,
                #"sluice_oldest_due_seconds{kind="look"}"#,
            ]
            let isComplete = try await eventually {
                text = try await HTTPRequestText("GET", "/metrics").send(to: port)?.text ?? ""
                return wanted.allSatisfy(text.contains)
            }
            #expect(isComplete, "\(wanted.filter { !text.contains($0) }) in \(text)")
        }
    }
}
