/// A condition did not come true before its deadline.
package struct Timeout: Error, CustomStringConvertible {
    package let description: String
}

/// Polls until `condition` holds; throws `Timeout` when it does not within `limit`.
package func eventually(
    _ what: String = "the condition",
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Timeout(description: "\(what) did not hold within \(limit)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
