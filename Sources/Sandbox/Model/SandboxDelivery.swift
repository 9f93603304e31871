package import Foundation

/// One webhook on its way to one endpoint, with every attempt that was made.
package struct SandboxDelivery: Sendable {
    /// `X-Lago-Unique-Key`: the same on each attempt.
    package let key: String
    package let endpointID: String
    /// What the payload says it is.
    package let webhookType: String
    package let body: String
    package let createdAt: Date
    package internal(set) var state = State.pending
    package internal(set) var attempts: [Attempt] = []
    var hasBrokenSignature = false
    var isSentTwice = false
    /// How many attempts came to nothing.
    private var failures = 0

    package enum State: String, Sendable {
        case pending, retrying, succeeded, failed
        /// Never sent, because a fault said so.
        case dropped

        /// Whether nothing more will be sent.
        var isSettled: Bool { self != .pending && self != .retrying }
    }

    package struct Attempt: Sendable {
        package let at: Date
        package let url: String
        /// The answer's status, or nil when there was none.
        package let status: Int?
        /// Why there was no answer.
        package let failure: String?
    }

    init(key: String, endpointID: String, webhookType: String, body: String, createdAt: Date) {
        self.key = key
        self.endpointID = endpointID
        self.webhookType = webhookType
        self.body = body
        self.createdAt = createdAt
    }

    /// Takes in the result of an attempt; returns the wait before the next one, or nil when this was the last.
    mutating func settle(status: Int?, schedule: RetrySchedule, jitter: Double) -> Duration? {
        if let status, RetrySchedule.isSuccess(status) {
            self.state = self.isSentTwice ? .retrying : .succeeded
            defer { self.isSentTwice = false }
            return self.isSentTwice ? .zero : nil
        }
        self.failures += 1
        let wait = schedule.wait(afterFailure: self.failures, jitter: jitter)
        self.state = wait == nil ? .failed : .retrying
        return wait
    }

    var json: JSONValue {
        let attempts = self.attempts.map { attempt -> JSONValue in
            [
                "at": .string(LagoTime.milliseconds(attempt.at)), "url": .string(attempt.url),
                "status": attempt.status.map { .integer($0) } ?? nil, "failure": .text(attempt.failure),
            ]
        }
        return [
            "unique_key": .string(self.key), "lago_webhook_endpoint_id": .string(self.endpointID),
            "webhook_type": .string(self.webhookType), "state": .string(self.state.rawValue),
            "created_at": .string(LagoTime.milliseconds(self.createdAt)), "attempts": .array(attempts),
            "payload": (try? JSONValue(parsing: self.body.utf8)) ?? .string(self.body),
        ]
    }
}
