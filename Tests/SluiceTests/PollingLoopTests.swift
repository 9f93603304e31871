import Foundation
import Sandbox
import TestSupport
import Testing

/// From usage at Lago to a mail, with no webhook at all: the program at its own pace.
@Suite(.timeLimit(.minutes(3))) struct PollingLoopTests {
    private struct Row: Decodable {
        let pace: String?
        let next_look_at: String?
        let live_credits_balance: String
    }

    @Test func `a customer near a threshold is mailed within a minute of usage that no webhook tells of`()
        async throws
    {
        try await SandboxPeer.running {
            $0.customers = []
        } body: { lago in
            try lago.sandbox.createCustomer("near", email: "ada@example.test", credits: "22")
            try lago.sandbox.createCustomer("far", email: "bob@example.test", credits: "500")
            var home = try SluiceHome(lago.settings)
            let mails = home.folder.url.appending(path: "mails")
            home.settings["SMTP_URL"] = "file://\(mails.path)"
            try await home.serving { sluice in
                let isNear = try await eventually(within: .seconds(30)) {
                    try await self.rows("near", home).first?.pace == "near"
                }
                try #require(isNear)
                #expect(try await eventually { try await self.rows("far", home).first?.pace == "far" })
                #expect(try await self.rows("near", home).first?.next_look_at != nil)
                let began = ContinuousClock.now
                try lago.sandbox.recordUsage(customer: "near", units: "30")
                let isMailed = await eventually(within: .seconds(60)) {
                    let names = try? FileManager.default.contentsOfDirectory(atPath: mails.path)
                    return names?.contains { $0.hasSuffix(".eml") } == true
                }
                #expect(isMailed)
                print("a mail followed usage without a webhook after \(ContinuousClock.now - began)")
                let metrics = try await self.metrics(sluice)
                #expect(metrics.contains("sluice_looks_scheduled{pace=\"near\"}"))
                #expect(metrics.contains("sluice_looks_late_seconds_bucket{pace=\"near\""))
                #expect(metrics.contains("sluice_radar_readings_total{result=\"whole\"}"))
            }
        }
    }

    /// None while nothing was read yet.
    private func rows(_ customer: String, _ home: SluiceHome) async throws -> [Row] {
        let ending = try await home.run("balance", "show", customer, "--json")
        guard ending.code == 0 else { return [] }
        return try JSONDecoder().decode([Row].self, from: Data(ending.output.utf8))
    }

    private func metrics(_ sluice: SluiceProcess) async throws -> String {
        let request = HTTPRequestText("GET", "/metrics", headers: [], body: [])
        let answer = try await TCPClient.connected(to: try await sluice.port()) { await $0.exchange(request) }
        return String(decoding: try #require(answer).body, as: UTF8.self)
    }
}
