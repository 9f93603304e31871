import Foundation
import LagoEvents
import Store
import TestSupport
import Testing

extension SluiceHome {
    /// What a command prints, as JSON that keeps nulls apart from absent fields.
    func rows(_ arguments: String...) async throws -> [[String: Any]] {
        let process = try self.start(arguments + ["--json"])
        let ending = try await process.while { try await process.ending() }
        #expect(ending.code == 0, "\(ending.errors)")
        let json = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
        if let rows = json as? [[String: Any]] { return rows }
        return [try #require(json as? [String: Any])]
    }

    /// Whether the service has looked at all of these customers.
    func hasSeen(_ customers: [String]) async throws -> Bool {
        let store = try Store(path: self.storePath, access: .command)
        defer { Task { try await store.close() } }
        for id in customers where try await store.balances(of: CustomerID(rawValue: id)).isEmpty { return false }
        return true
    }

    func store<Value>(_ body: (Store) async throws -> Value) async throws -> Value {
        let store = try Store(path: self.storePath)
        let value = try await body(store)
        try await store.close()
        return value
    }
}
