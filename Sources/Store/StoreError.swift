/// Why the store could not be opened or used.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The file was last used by a later version of Sluice; `migration` is the newest step that it has seen.
    case newerSchema(path: String, migration: String)
    /// There is no store file, and this caller may not make one.
    case missing(path: String)
    /// The file's schema is older than this version's, and this caller may not migrate it.
    case olderSchema(path: String)
    /// Another process holds this role on this file.
    case roleTaken(role: Role, path: String)
    /// The lock file could not be opened.
    case lockFile(path: String, reason: String)
    /// SQLite would not open or prepare the file.
    case cannotOpen(path: String, reason: String)
    /// The store is closing and takes no more writes.
    case closed

    package var description: String {
        switch self {
        case .newerSchema(let path, let migration):
            "\(path) was used by a newer version of Sluice (schema step \(migration)); run that version, "
                + "or restore the copy that it made beside the file before it migrated"
        case .missing(let path):
            "there is no store at \(path); `sluice serve` or `sluice demo` makes one, DATABASE_URL names another"
        case .olderSchema(let path):
            "\(path) has an older schema; start `sluice serve` once to migrate it"
        case .roleTaken(let role, let path):
            "another process serves \(path) in the role \(role.rawValue); stop it first, or use another DATABASE_URL"
        case .lockFile(let path, let reason):
            "cannot open the lock file \(path): \(reason)"
        case .cannotOpen(let path, let reason):
            "cannot open the store at \(path): \(reason)"
        case .closed:
            "the store is closing"
        }
    }
}
