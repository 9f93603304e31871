import Foundation
import Sandbox
import ServiceLifecycle

// `make bench`: everything in one run on one machine, as ratios. Figures of different runs do not compare.

let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-bench-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

let fsyncRate = try Machine.fsyncRate(in: folder)
print("machine: \(ProcessInfo.processInfo.processorCount) cores, \(Int(fsyncRate)) fdatasync per second")
try await ReceivingBench(folder: folder.appending(path: "receiving")).run()
try await QueueBench(folder: folder.appending(path: "queue"), fsyncRate: fsyncRate).run()
try await LatencyBench(folder: folder.appending(path: "latency")).run()
try await StartBench(folder: folder.appending(path: "start")).run()
