import Foundation

// `make bench`: everything in one run on one machine, as ratios. Figures of different runs do not compare.
// With `--only NAME`, as often as wanted, just those.

func run() async throws {
    let benches: [(name: String, run: (_ folder: URL, _ fsyncRate: Double) async throws -> Void)] = [
        ("receiving", { folder, _ in try await ReceivingBench(folder: folder).run() }),
        ("queue", { try await QueueBench(folder: $0, fsyncRate: $1).run() }),
        ("latency", { folder, _ in try await LatencyBench(folder: folder).run() }),
        ("start", { folder, _ in try await StartBench(folder: folder).run() }),
        ("mail-latency", { folder, _ in try await MailLatencyBench(folder: folder).run() }),
        ("top-up-latency", { folder, _ in try await TopUpLatencyBench(folder: folder).run() }),
        ("polling", { folder, _ in try await PollingBench(folder: folder).run() }),
        ("mail-rate", { folder, _ in try await MailRateBench(folder: folder).run() }),
        ("usage", { folder, _ in try await UsageBench(folder: folder).run() }),
        ("streams", { folder, _ in try await StreamBench(folder: folder).run() }),
        ("invoice-run", { folder, _ in try await InvoiceRunBench(folder: folder).run() }),
        ("reads", { folder, _ in try await ReadBench(folder: folder).run() }),
    ]
    let only = try Arguments(CommandLine.arguments.dropFirst(), names: benches.map(\.name)).only
    let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let fsyncRate = try Machine.fsyncRate(in: folder)
    print("machine: \(ProcessInfo.processInfo.processorCount) cores, \(Int(fsyncRate)) fdatasync per second")
    for bench in benches where only.isEmpty || only.contains(bench.name) {
        try await bench.run(folder.appending(path: bench.name), fsyncRate)
    }
}

do {
    try await run()
} catch {
    try? FileHandle.standardError.write(contentsOf: Data("sluice-bench: \(error)\n".utf8))
    exit(1)
}
