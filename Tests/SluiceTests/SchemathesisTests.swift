import Foundation
import Sandbox
import TestSupport
import Testing

/// Schemathesis makes up requests from the API's document, such as it allows and such as it does not, and judges the
/// answers of the program beside a simulated Lago.
@Suite(.timeLimit(.minutes(8))) struct SchemathesisTests {
    private static let key = "server-key-for-tests-0123456789"
    private static let customer = "user_123"

    /// What an answer must never be, whatever the request.
    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance", "ignored_auth",
    ]

    @Test func `no request is answered otherwise than the document says`() async throws {
        try await SandboxPeer.running {
            $0.customers = [
                .init(externalID: Self.customer, name: "Ada", email: nil, credits: "100"),
                .init(externalID: "other", name: "Bob", email: nil, credits: "100"),
            ]
        } body: { lago in
            // What is made up here and passed on is not what Sluice says by itself.
            lago.sandbox.onAnswer = nil
            try lago.sandbox.recordUsage(customer: Self.customer, units: "100")
            lago.sandbox.advanceToBilling()
            var home = try SluiceHome(lago.settings)
            home.settings["API_KEYS"] = Self.key
            home.settings["API_JWT_SECRET"] = "a-secret-of-the-tests-0123456789-abcdef"
            home.settings["RATE_LIMIT_PER_MINUTE"] = "1000000"
            home.settings["LAGO_MAX_REQUESTS_PER_SECOND"] = "1000"
            let known = home.folder.url.appending(path: "known.toml")
            try Self.parameters(lago.sandbox).write(to: known, atomically: true, encoding: .utf8)
            try await home.serving { sluice in
                let port = try await sluice.port()
                try await Self.run(port, as: Self.key, in: home)
                try await Self.run(port, as: Self.key, about: known, in: home)
                let ending = try await home.run("token", "--customer", Self.customer, "--ttl", "15m")
                let token = ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
                try #require(ending.code == 0 && !token.isEmpty, "\(ending.errors)")
                try await Self.run(port, as: token, about: known, in: home)
                #expect(!sluice.messages.contains("the API failed"))
            }
        }
    }

    /// Names what is there, so that not all is 404.
    private static func parameters(_ sandbox: Sandbox) throws -> String {
        let wallet = try #require(sandbox.wallets(of: Self.customer).first).id
        return """
            [parameters]
            "query.external_customer_id" = "\(Self.customer)"
            "query.external_id" = "\(Self.customer)"

            [[operations]]
            include-path = "/api/lago/wallets/{id}/transactions"
            parameters = { "path.id" = "\(wallet)" }

            [[operations]]
            include-path = "/api/lago/subscriptions/{external_id}"
            include-method = "GET"
            parameters = { "path.external_id" = "sub_\(Self.customer)" }
            """
    }

    /// - Parameter known: settings of schemathesis that name what is there.
    private static func run(_ port: Int, as bearer: String, about known: URL? = nil, in home: SluiceHome) async throws {
        let report = home.folder.path("schemathesis-\(UUID().uuidString).txt")
        let python = try await PythonTools.python()
        var command = [python, "-m", "schemathesis.cli"]
        if let known { command += ["--config-file", known.path] }
        command += [
            "run", "http://127.0.0.1:\(port)/openapi.json", "--url", "http://127.0.0.1:\(port)",
            "--header", "Authorization: Bearer \(bearer)", "--checks", Self.checks.joined(separator: ","),
            "--phases", "examples,coverage,fuzzing", "--max-examples", known == nil ? "8" : "4",
            // The same requests every time.
            "--generation-deterministic",
            // It never ends, and schemathesis reads answers to their end.
            "--exclude-path", "/api/lago/wallets/stream",
            "--workers", "1", "--request-timeout", "30", "--suppress-health-check", "all", "--continue-on-failure",
            "--no-color",
        ]
        let began = ContinuousClock.now
        do {
            let script = #"report=$1; shift; exec "$@" >"$report" 2>&1"#
            try await HelperServer.run(["sh", "-c", script, "sh", report] + command, in: home.folder.path())
        } catch {
            let text = (try? String(contentsOfFile: report, encoding: .utf8)) ?? ""
            let start = text.range(of: "=== FAILURES")?.lowerBound ?? text.startIndex
            Issue.record("schemathesis: \(text[start...].prefix(20_000))")
        }
        print("schemathesis took \(ContinuousClock.now - began)")
    }
}
