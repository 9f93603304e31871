/// A metric's name, kind and help text: every name that `/metrics` may show is in this file.
package struct Metric: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case counter
        case gauge
        /// Upper bounds of the buckets, in the metric's unit.
        case histogram([Double])
    }

    package let name: String
    package let kind: Kind
    package let help: String

    private static let shortTimes = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
    private static let longTimes = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private static let ages: [Double] = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 14_400, 86_400]

    package static let deliveries = Metric(
        name: "sluice_deliveries_total",
        kind: .counter,
        help: "Webhook deliveries, by what became of them."
    )
    package static let rejections = Metric(
        name: "sluice_rejections_total",
        kind: .counter,
        help: "Webhook requests turned away, by reason."
    )
    package static let ackSeconds = Metric(
        name: "sluice_ack_seconds",
        kind: .histogram(shortTimes),
        help: "Seconds from a whole request to its answer, the commit included."
    )
    package static let commitBatchSize = Metric(
        name: "sluice_commit_batch_size",
        kind: .histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]),
        help: "Writes that shared one commit."
    )
    package static let jobs = Metric(
        name: "sluice_jobs",
        kind: .gauge,
        help: "Live jobs and dead letters, by kind and state."
    )
    package static let oldestDueSeconds = Metric(
        name: "sluice_oldest_due_seconds",
        kind: .gauge,
        help: "Seconds since the oldest waiting job of a kind was due."
    )
    package static let attempts = Metric(
        name: "sluice_attempts_total",
        kind: .counter,
        help: "Attempts at jobs, by kind and result."
    )
    package static let attemptSeconds = Metric(
        name: "sluice_attempt_seconds",
        kind: .histogram(longTimes),
        help: "Seconds that an attempt took, by kind."
    )
    package static let mails = Metric(
        name: "sluice_mails_total",
        kind: .counter,
        help: "Mails that have come to an end, by state."
    )
    package static let mailReports = Metric(
        name: "sluice_mail_reports_total",
        kind: .counter,
        help: "What mail providers told of bounces and complaints, by provider and kind."
    )
    package static let lagoRequests = Metric(
        name: "sluice_lago_requests_total",
        kind: .counter,
        help: "Requests to Lago, by operation and status."
    )
    package static let lagoRequestSeconds = Metric(
        name: "sluice_lago_request_seconds",
        kind: .histogram(longTimes),
        help: "Seconds that a request to Lago took."
    )

    package static let facts = Metric(
        name: "sluice_facts_total",
        kind: .counter,
        help: "What happened at Lago, by who told it first: a webhook, or a sweep."
    )
    package static let healedEvents = Metric(
        name: "sluice_healed_events_total",
        kind: .counter,
        help: "Events made from what no webhook told, by type."
    )
    package static let knowledgeSeconds = Metric(
        name: "sluice_knowledge_seconds",
        kind: .histogram(ages),
        help: "Seconds from something that happened at Lago to its being known, by who told it first."
    )
    package static let sweepAgeSeconds = Metric(
        name: "sluice_sweep_age_seconds",
        kind: .gauge,
        help: "Seconds since the last sweep that read everything ended."
    )
    package static let sweepObjects = Metric(
        name: "sluice_sweep_objects_total",
        kind: .counter,
        help: "Objects that sweeps came to, by what became of them: read or skipped."
    )
    package static let looksLateSeconds = Metric(
        name: "sluice_looks_late_seconds",
        kind: .histogram([0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600]),
        help: "Seconds that scheduled looks began after they were due, by pace."
    )
    package static let looks = Metric(
        name: "sluice_looks_total",
        kind: .counter,
        help: "Scheduled looks, by pace and result."
    )
    package static let looksDue = Metric(
        name: "sluice_looks_due",
        kind: .gauge,
        help: "Scheduled looks whose time has come, by pace."
    )
    package static let looksScheduled = Metric(
        name: "sluice_looks_scheduled",
        kind: .gauge,
        help: "Customers that are looked at by schedule, by pace."
    )
    package static let lookOldestDueSeconds = Metric(
        name: "sluice_look_oldest_due_seconds",
        kind: .gauge,
        help: "Seconds since the oldest scheduled look was due, by pace."
    )
    package static let radarReadings = Metric(
        name: "sluice_radar_readings_total",
        kind: .counter,
        help: "Lists of usage events read to see whose usage moves, by result."
    )
    package static let topUps = Metric(
        name: "sluice_top_ups",
        kind: .gauge,
        help: "Top-ups, by state."
    )
    package static let topUpOldestUnknownSeconds = Metric(
        name: "sluice_top_up_oldest_unknown_seconds",
        kind: .gauge,
        help: "Seconds since the oldest top-up in doubt came into it; 0 without one."
    )
    package static let usageEvents = Metric(
        name: "sluice_usage_events_total",
        kind: .counter,
        help: "Usage events: accepted from applications, forwarded to Lago, and refused by it for good."
    )
    package static let usageWaiting = Metric(
        name: "sluice_usage_waiting",
        kind: .gauge,
        help: "Usage events that wait for Lago."
    )
    package static let usageOldestWaitingSeconds = Metric(
        name: "sluice_usage_oldest_waiting_seconds",
        kind: .gauge,
        help: "Seconds since the oldest usage event that waits for Lago was accepted; 0 without one."
    )

    /// All of them, in the order of the exposition.
    package static let all = [
        deliveries, rejections, ackSeconds, commitBatchSize, jobs, oldestDueSeconds, attempts, attemptSeconds,
        mails, mailReports, lagoRequests, lagoRequestSeconds, facts, healedEvents, knowledgeSeconds, sweepAgeSeconds,
        sweepObjects,
        looksLateSeconds, looks, looksDue, looksScheduled, lookOldestDueSeconds, radarReadings, topUps,
        topUpOldestUnknownSeconds, usageEvents, usageWaiting, usageOldestWaitingSeconds,
    ]
}

/// One value of a metric, with its labels in the order of the exposition.
package struct Sample: Hashable, Sendable {
    package let metric: Metric
    package let labels: [Label]
    package let value: Double

    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package init(_ metric: Metric, _ labels: KeyValuePairs<String, String> = [:], value: Double) {
        self.metric = metric
        self.labels = labels.map { Label(name: $0.key, value: $0.value) }
        self.value = value
    }
}
