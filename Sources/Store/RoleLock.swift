/// What a process does with a store file. Of each role there is at most one process per file.
package enum Role: String, CaseIterable, Sendable {
    /// Takes webhooks and answers HTTP.
    case receiver
    /// Runs jobs and sweeps.
    case worker
}

/// Holds a role on a store file until the process ends or `release` is called; the kernel lets go of it after a crash.
///
/// The lock is a lock on a file beside the store, so that a store opened by a command is not affected.
package struct RoleLock: Sendable {
    private let file: LockFile

    /// - Throws: `StoreError.roleTaken` when another process has the role.
    package init(_ role: Role, storePath: String) throws {
        self.file = try LockFile(path: "\(storePath).\(role.rawValue).lock")
        guard self.file.take() else {
            self.file.release()
            throw StoreError.roleTaken(role: role, path: storePath)
        }
    }

    /// Lets another process take the role.
    package func release() {
        self.file.release()
    }
}
