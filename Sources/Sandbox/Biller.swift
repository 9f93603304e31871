import Foundation
import ServiceLifecycle

/// Lets what is due happen when nobody asks, as Lago's clock does.
struct Biller: Service {
    let webhooks: Webhooks
    let now: @Sendable () -> Date

    /// How often it looks: a compressed period's end should not be noticed late.
    private static let interval = Duration.milliseconds(250)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.webhooks.change { $0.catchUp(at: self.now()) }
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}
