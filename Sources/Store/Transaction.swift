internal import GRDB

/// One write to the store, from inside a group commit: what its methods write is on disk together or not at all.
///
/// The methods stand beside what they write: `Events/`, `Queue/`, `Records/`.
package struct Transaction {
    let db: GRDB.Database
    private let noted: Noted

    init(_ db: GRDB.Database) {
        self.db = db
        self.noted = Noted()
    }

    /// Topics to signal once the transaction is on disk.
    var topics: Set<Topic> { self.noted.topics }

    func note(_ topic: Topic) {
        self.noted.topics.insert(topic)
    }

    private final class Noted {
        var topics: Set<Topic> = []
    }

    /// Runs a statement that is prepared once per connection.
    func execute(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try self.db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first row of a statement that is prepared once per connection.
    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(self.db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// All rows of a statement that is prepared once per connection.
    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(self.db.cachedStatement(sql: sql), arguments: arguments)
    }
}
