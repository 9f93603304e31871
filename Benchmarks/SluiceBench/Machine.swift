import Foundation
import Glibc
import SystemPackage

/// What the machine itself can do, and what a process of it takes.
enum Machine {
    /// How many times a second 4 KiB can be written and flushed to the disk under `folder`.
    static func fsyncRate(in folder: URL) throws -> Double {
        let path = folder.appending(path: "fsync-probe").path
        let file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        defer { try? file.close() }
        let page = [UInt8](repeating: 7, count: 4096)
        let began = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - began < .seconds(2) {
            try file.writeAll(toAbsoluteOffset: Int64(count % 1000) * 4096, page)
            guard fdatasync(file.rawValue) == 0 else { throw BenchError(description: "fdatasync failed") }
            count += 1
        }
        return Double(count) / ((ContinuousClock.now - began) / .seconds(1))
    }

    /// Seconds of processor time that a process has taken so far.
    static func processorTime(of process: Int32) -> Double {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // The name, in parentheses, may hold blanks; user and system time are the 12th and 13th fields after it.
        let fields = stat.drop { $0 != ")" }.split(separator: " ").dropFirst().map { Double($0) ?? 0 }
        return fields.count > 12 ? (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK))) : 0
    }

    /// Lets this process, and those that it starts, have as many files and connections open as the machine allows.
    static func raiseFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Resident memory of a process in MiB.
    static func residentMemory(of process: Int32) -> Double {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        return (kibibytes ?? 0) / 1024
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
}
