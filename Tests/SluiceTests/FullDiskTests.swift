import Foundation
import TestSupport
import Testing

/// A file system in memory that a test may fill; only root may make one.
private struct TinyDisk {
    let folder: TemporaryFolder

    init() async throws {
        self.folder = try TemporaryFolder()
    }

    static func isPossible() async -> Bool {
        (try? await TinyDisk().mounted {}) != nil
    }

    func mounted(_ body: () async throws -> Void) async throws {
        let path = self.folder.path()
        try await HelperServer.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path], quietly: true)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await HelperServer.run(["umount", "--lazy", path], quietly: true)
        try result.get()
    }

    func remount(_ options: String) async throws {
        let path = self.folder.path()
        try await HelperServer.run(["mount", "-o", "remount,\(options)", path], quietly: true)
    }
}

/// A store that cannot be written: nothing is acknowledged, and all is well once it can be again.
@Suite(.timeLimit(.minutes(5))) struct FullDiskTests {
    struct Event: Decodable {
        let key: String
        let outcome: String
    }

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
            let isWorked = try await eventually {
                try await home.json("events", "list", as: [Event].self).allSatisfy { $0.outcome == "processed" }
            }
            #expect(isWorked)
        }
    }

    @Test(.enabled("file systems may be mounted") { await TinyDisk.isPossible() })
    func `a file system that runs full is answered 503 until there is room again`() async throws {
        let disk = try await TinyDisk()
        try await disk.mounted {
            let home = try SluiceHome([
                "LAGO_WEBHOOK_HMAC_KEY": Webhook.hmacKey, "DATABASE_URL": "sqlite:\(disk.folder.path("sluice.db"))",
            ])
            let load = WebhookLoad(key: Webhook.hmacKey, customers: 5)
            try await home.serving { sluice in
                let port = try await sluice.port()
                func post() async throws -> HTTPAnswer? { try await Webhook.hmac(Webhook.body()).send(to: port) }
                try await load.send(to: port) { load.otherAnswers.isEmpty }
                #expect(load.acknowledged.count > 100, "the disk took some")
                #expect(load.otherAnswers.keys.allSatisfy { $0 == 503 } && load.unacknowledged == 0)
                let full = try #require(try await post())
                #expect(full.status == 503 && full.header("Retry-After") != nil)
                try await disk.remount("size=64m")
                let isWell = try await eventually { try await post()?.status == 200 }
                #expect(isWell)
                #expect(sluice.isRunning)
            }
            let kept = Set(try await home.json("events", "list", "--limit", "1000000", as: [Event].self).map(\.key))
            #expect(kept.isSuperset(of: load.acknowledged.map(\.key)))
        }
    }

    /// Runs the rest of its command line in its own place, with that signal ignored.
    private static let ignoringSIGXFSZ = """
        import os, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        os.execvp(sys.argv[1], sys.argv[1:])
        """
}
