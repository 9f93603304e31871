package import Logging
package import Sandbox

/// A logger that keeps what it hears to itself.
package let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A simulated Lago in this process, for as long as a test's body runs.
///
/// Every request that it gets is held against Lago's own OpenAPI document.
package struct SandboxPeer: Sendable {
    package let sandbox: Sandbox
    package let port: Int

    package var url: String { "http://127.0.0.1:\(self.port)" }
    /// What a `sluice` needs to know of it.
    package var settings: [String: String] {
        [
            "LAGO_API_URL": self.url, "LAGO_API_KEY": self.sandbox.configuration.apiKey,
            "LAGO_WEBHOOK_HMAC_KEY": self.sandbox.keys.hmac,
        ]
    }

    package static func running<Result>(
        _ configure: (inout SandboxConfiguration) -> Void = { _ in },
        body: (SandboxPeer) async throws -> Result
    ) async throws -> Result {
        var configuration = SandboxConfiguration()
        configuration.webhookRetryCompression = 100
        configure(&configuration)
        let sandbox = try Sandbox(configuration: configuration, logger: quietLogger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run() }
            defer { group.cancelAll() }
            let requests = LagoRequests()
            sandbox.onAnswer = { requests.add($0) }
            let result = try await body(SandboxPeer(sandbox: sandbox, port: try await sandbox.port))
            try await requests.check()
            return result
        }
    }

    /// Customers `cust_1` to `cust_<count>`, each with a wallet.
    package static func customers(_ count: Int) -> [SandboxConfiguration.SeedCustomer] {
        (1...count).map { number in
            SandboxConfiguration.SeedCustomer(externalID: "cust_\(number)", name: "Customer \(number)", email: nil)
        }
    }
}
