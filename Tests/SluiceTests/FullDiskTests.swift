import Foundation
import TestSupport
import Testing

/// A store that cannot be written: nothing is acknowledged, and all is well once it can be again.
@Suite(.timeLimit(.minutes(5))) struct FullDiskTests {
    struct Event: Decodable { let key: String }

    /// Sets how large the process's files may grow; a write past it fails, as on a full disk.
    private static func limitFiles(of sluice: SluiceProcess, to bytes: String) async throws {
        try await HelperServer.run(["prlimit", "--pid", "\(sluice.id)", "--fsize=\(bytes)"], quietly: true)
    }

    @Test func `a full disk is answered 503, and recovery needs no restart`() async throws {
        let home = try SluiceHome(["LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey, "LOG_FORMAT": "json"])
        // A write past the limit sends SIGXFSZ, which a full disk does not.
        let wrapper = ["python3", "-c", Self.ignoringSIGXFSZ]
        try await home.serving(wrapper: wrapper) { sluice in
            let port = try await sluice.port()
            var kept: [String] = []
            func post(_ key: String) async throws -> HTTPAnswer? {
                let answer = try await Webhook.hmac(Webhook.body(), uniqueKey: key).send(to: port)
                if answer?.status == 200 { kept.append(key) }
                return answer
            }
            #expect(try await post("before")?.status == 200)
            try await Self.limitFiles(of: sluice, to: "1024:unlimited")
            for number in 1...20 {
                let answer = try #require(try await post("during-\(number)"))
                #expect(answer.status == 503 && answer.header("Retry-After") != nil)
            }
            let ready = try #require(try await HTTPRequestText("GET", "/readyz").send(to: port))
            #expect(ready.status == 503 && ready.text.contains("unavailable"))
            try await Self.limitFiles(of: sluice, to: "unlimited:unlimited")
            #expect(try await eventually { try await HTTPRequestText("GET", "/readyz").send(to: port)?.status == 200 })
            #expect(try await post("after")?.status == 200)
            #expect(sluice.isRunning)
            let events = try await home.json("events", "list", as: [Event].self)
            #expect(Set(events.map(\.key)) == Set(kept) && kept == ["before", "after"])
        }
    }

    /// Runs the rest of its command line in its own place, with that signal ignored.
    private static let ignoringSIGXFSZ = """
        import os, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        os.execvp(sys.argv[1], sys.argv[1:])
        """
}
