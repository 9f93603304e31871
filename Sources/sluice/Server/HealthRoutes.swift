import Foundation
import Hummingbird
import Jobs
import Receiver
import Rules
import Store
import Synchronization
import Telemetry
import Worker

/// `GET /healthz`, `GET /readyz` and, apart, `GET /metrics`.
struct HealthRoutes: Sendable {
    let store: Store
    /// Nil in a process without the worker's role.
    let worker: Heartbeat?
    /// Why Lago counts as away, or what of it is not configured; nil when all is well.
    let lagoTrouble: @Sendable () -> String?
    /// The same of mail.
    let mailTrouble: @Sendable () -> String?
    let registry: PrometheusRegistry
    let now: @Sendable () -> Int64

    func add(to router: Router<ServerContext>) {
        router.get("/healthz") { _, _ in Self.json(.ok, ["status": "ok"]) }
        router.get("/readyz") { _, _ in await self.readiness() }
    }

    func addMetrics(to router: Router<ServerContext>) {
        router.get("/metrics") { _, _ in
            let text = self.registry.exposition(gauges: try await self.gauges())
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
    }

    /// Ready while this role's own parts work; Lago's absence only degrades.
    private func readiness() async -> Response {
        var parts: [String: String] = [:]
        var isReady = true
        do {
            try await self.store.checkWritable()
            parts["store"] = "ok"
        } catch {
            parts["store"] = "cannot be written: \(error)"
            isReady = false
        }
        if let worker = self.worker {
            let isAlive = worker.isAlive()
            parts["worker"] = isAlive ? "ok" : "does not beat"
            isReady = isReady && isAlive
        }
        let troubles = ["lago": self.lagoTrouble(), "smtp": self.mailTrouble()]
        for (part, trouble) in troubles { parts[part] = trouble ?? "ok" }
        let isWhole = troubles.values.allSatisfy { $0 == nil }
        let status = !isReady ? "unavailable" : isWhole ? "ok" : "degraded"
        return Self.json(isReady ? .ok : .serviceUnavailable, Readiness(status: status, parts: parts))
    }

    private func gauges() async throws -> [Sample] {
        let now = self.now()
        let counts = try await self.store.jobCounts()
        let jobs = counts.map {
            Sample(.jobs, ["kind": $0.kind, "state": $0.state.rawValue], value: Double($0.count))
        }
        let oldest = counts.filter { $0.state == .available }.map {
            Sample(.oldestDueSeconds, ["kind": $0.kind], value: Double(max(0, now - $0.oldestDueAt)) / 1000)
        }
        let sweep = try await self.store.lastSweepEndedAt().map {
            Sample(.sweepAgeSeconds, value: Double(max(0, now - $0)) / 1000)
        }
        let topUps = try await self.topUpGauges(at: now)
        return jobs + oldest + (try await self.lookGauges(at: now)) + topUps + (try await self.usageGauges(at: now))
            + [sweep].compactMap { $0 }
    }

    private func usageGauges(at now: Int64) async throws -> [Sample] {
        let backlog = try await self.store.usageBacklog()
        let age = backlog.oldestAcceptedAt.map { max(0, now - $0) } ?? 0
        return [
            Sample(.usageWaiting, value: Double(backlog.count)),
            Sample(.usageOldestWaitingSeconds, value: Double(age) / 1000),
        ]
    }

    private func topUpGauges(at now: Int64) async throws -> [Sample] {
        let counts = try await self.store.topUpCounts()
        let unknown = try await self.store.oldestTopUp(in: TopUpState.unknown.rawValue).map { max(0, now - $0) }
        return TopUpState.allCases.map {
            Sample(.topUps, ["state": $0.rawValue], value: Double(counts[$0.rawValue] ?? 0))
        } + [Sample(.topUpOldestUnknownSeconds, value: Double(unknown ?? 0) / 1000)]
    }

    private func lookGauges(at now: Int64) async throws -> [Sample] {
        try await self.store.scheduledLookCounts(at: now).flatMap { count in
            let late = count.due == 0 ? 0 : Double(now - count.oldestDueAt) / 1000
            return [
                Sample(.looksDue, ["pace": count.pace.rawValue], value: Double(count.due)),
                Sample(.looksScheduled, ["pace": count.pace.rawValue], value: Double(count.count)),
                Sample(.lookOldestDueSeconds, ["pace": count.pace.rawValue], value: late),
            ]
        }
    }

    private struct Readiness: Encodable {
        let status: String
        let parts: [String: String]
    }

    private static func json(_ status: HTTPResponse.Status, _ value: some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let body = (try? encoder.encode(value)) ?? Data()
        return Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
