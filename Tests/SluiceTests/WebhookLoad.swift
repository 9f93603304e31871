import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// Senders of distinct signed webhooks, and what they were answered.
final class WebhookLoad: Sendable {
    /// A webhook that was answered 200.
    struct Acknowledged: Sendable {
        let key: String
        let customer: String
        let body: [UInt8]
    }

    private struct State {
        var next = 0
        var acknowledged: [Acknowledged] = []
        var unacknowledged = 0
        var otherAnswers: [Int: Int] = [:]
    }

    private let state = Mutex(State())
    private let key: String
    private let customers: Int

    init(key: String, customers: Int) {
        self.key = key
        self.customers = customers
    }

    var acknowledged: [Acknowledged] { self.state.withLock { $0.acknowledged } }
    var unacknowledged: Int { self.state.withLock { $0.unacknowledged } }
    /// Answers that were not 200, by status.
    var otherAnswers: [Int: Int] { self.state.withLock { $0.otherAnswers } }

    /// Posts one webhook after another on one connection, until it ends.
    func send(to port: Int, while isWanted: @Sendable () -> Bool = { true }) async throws {
        do {
            try await TCPClient.connected(to: port) { connection in
                while isWanted(), try await self.sendOne(on: connection) {}
            }
        } catch is IOError {
            // Nobody listens any more.
        } catch is NIOConnectionError {
            // Nor does anybody now.
        }
    }

    private func sendOne(on connection: TCPConnection) async throws -> Bool {
        let number = self.state.withLock { state in
            state.next += 1
            return state.next
        }
        let customer = "cust_\(number % self.customers + 1)"
        let webhook = Acknowledged(
            key: "key-\(number)",
            customer: customer,
            body: Webhook.body(of: customer, mark: "\(number)", padding: number % 700)
        )
        let request = try Webhook.hmac(webhook.body, key: self.key, uniqueKey: webhook.key)
        let answer = await connection.exchange(request)
        self.state.withLock { state in
            switch answer?.status {
            case 200: state.acknowledged.append(webhook)
            case let status?: state.otherAnswers[status, default: 0] += 1
            case nil: state.unacknowledged += 1
            }
        }
        return answer != nil
    }
}
