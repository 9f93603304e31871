private import Foundation
private import Glibc
internal import SystemPackage

/// A file beside the store that one process at a time can hold; the kernel lets go of it when the process ends.
struct LockFile: Sendable {
    private let file: FileDescriptor

    /// Opens the file, in a folder that is made if need be, and holds nothing yet.
    ///
    /// - Throws: `StoreError.lockFile`.
    init(path: String) throws {
        do {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.file = try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch {
            throw StoreError.lockFile(path: path, reason: "\(error)")
        }
    }

    /// Takes hold of it; false when another process has it.
    func take() -> Bool { flock(self.file.rawValue, LOCK_EX | LOCK_NB) == 0 }

    /// Takes hold of it as soon as no other process has it.
    func waitAndTake() {
        while flock(self.file.rawValue, LOCK_EX) != 0, errno == EINTR {}
    }

    func release() {
        try? self.file.close()
    }
}
