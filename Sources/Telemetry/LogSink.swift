private import Synchronization
package import SystemPackage

/// Where log lines go: gathered, and written many at a time.
///
/// One write per line would be the largest cost of a delivery. Lines of warnings and worse are written at once, the
/// others with the next of those, when 16 KiB have gathered, or when `flush` is called, which the server does many
/// times a second and at its end.
package final class LogSink: Sendable {
    private static let threshold = 16 * 1024
    private let file: FileDescriptor
    private let gathered = Mutex<[UInt8]>([])

    package init(file: FileDescriptor = .standardError) {
        self.file = file
    }

    func append(_ line: [UInt8], isUrgent: Bool) {
        self.gathered.withLock { bytes in
            bytes += line
            if isUrgent || bytes.count >= Self.threshold { Self.write(&bytes, to: self.file) }
        }
    }

    /// Writes what has gathered.
    package func flush() {
        self.gathered.withLock { Self.write(&$0, to: self.file) }
    }

    private static func write(_ bytes: inout [UInt8], to file: FileDescriptor) {
        guard !bytes.isEmpty else { return }
        // A log that cannot be written, as to a closed pipe, has nowhere to say so.
        _ = try? file.writeAll(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
