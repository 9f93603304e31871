import Jobs
import LagoEvents
import Store
import TestSupport
import Testing

/// What must be true of a store after the service was killed, however often.
struct Aftermath {
    let store: Store
    let load: WebhookLoad

    struct Figures: CustomStringConvertible {
        var acknowledged = 0
        var unacknowledged = 0
        var found = 0
        var jobsDone = 0
        var attempts: [String: Int] = [:]

        var description: String {
            "acknowledged \(self.acknowledged), unacknowledged \(self.unacknowledged), found \(self.found), "
                + "jobs done \(self.jobsDone), lapsed attempts \(self.attempts["lapsed", default: 0])"
        }
    }

    /// Waits until the inbox is empty and no job is live.
    func settles() async -> Bool {
        await eventually(within: .seconds(60)) {
            let events = (try? await self.store.eventCounts()) ?? [.pending: 1]
            let jobs = (try? await self.store.jobCounts()) ?? []
            let isIdle = jobs.allSatisfy { $0.count == 0 } && events[.pending, default: 0] == 0
            if !isIdle { try? await Task.sleep(for: .milliseconds(50)) }
            return isIdle
        }
    }

    func check() async throws -> Figures {
        var figures = Figures()
        let events = try await self.store.events(limit: .max)
        #expect(Set(events.map(\.key)).count == events.count)
        #expect(events.allSatisfy { $0.duplicates == 0 && $0.outcome == .processed && $0.origin == .webhook })
        #expect(self.load.otherAnswers.isEmpty && !self.load.acknowledged.isEmpty)
        let acknowledged = self.load.acknowledged
        figures.acknowledged = acknowledged.count
        figures.unacknowledged = self.load.unacknowledged
        figures.found = try await self.found(acknowledged)
        #expect(figures.found == acknowledged.count)
        #expect(events.count <= acknowledged.count + figures.unacknowledged)
        let lastEvents = Dictionary(events.compactMap { event in event.customer.map { ($0, event.receivedAt) } }) {
            max($0, $1)
        }
        try await self.checkJobs(lastEvents, &figures)
        return figures
    }

    /// How many are in the store, with their customer and body, byte for byte.
    private func found(_ acknowledged: [WebhookLoad.Acknowledged]) async throws -> Int {
        var found = 0
        for webhook in acknowledged {
            let kept = try await self.store.event(idOrKey: webhook.key)
            if kept?.event.key == webhook.key, kept?.event.customer == webhook.customer, kept?.body == webhook.body {
                found += 1
            }
        }
        return found
    }

    /// Every job is done, its attempts add up, and each customer was looked at after its last event.
    private func checkJobs(_ lastEvents: [String: Int64], _ figures: inout Figures) async throws {
        var lastLooks: [String: Int64] = [:]
        for job in try await self.store.jobs(limit: .max) {
            let attempts = try #require(try await self.store.job(JobID(rawValue: job.id))).attempts
            #expect(job.state == .done, "job \(job.id) is \(job.state)")
            #expect(attempts.map(\.number) == Array(1...job.attempt), "attempts of job \(job.id)")
            #expect(attempts.last?.result == "done")
            #expect(attempts.allSatisfy { $0.endedAt != nil && $0.result != nil })
            for attempt in attempts { figures.attempts[attempt.result ?? "running", default: 0] += 1 }
            figures.jobsDone += job.state == .done ? 1 : 0
            guard let customer = job.customer, let last = attempts.last else { continue }
            lastLooks[customer] = max(lastLooks[customer, default: 0], last.begunAt)
        }
        #expect(Set(figures.attempts.keys).isSubset(of: ["done", "lapsed"]), "\(figures.attempts)")
        for (customer, at) in lastEvents {
            #expect(lastLooks[customer, default: 0] >= at, "no look at \(customer) after its last event")
            #expect(try await !self.store.wallets(of: CustomerID(rawValue: customer)).isEmpty)
        }
    }
}
