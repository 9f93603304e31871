package import Rules

/// Every setting, read once at start; nothing else reads the environment.
///
/// The doc comments of the parts are the reference: each key with its type, range and default. Every secret `X` may
/// come as `X_FILE`, the path of a file that holds it.
package struct Settings: Sendable {
    package let lago: LagoSettings
    package let server: ServerSettings
    package let log: LogSettings
    package let worker: WorkerSettings
    package let mail: MailSettings
    package let topUps: TopUpSettings
    package let api: APISettings
    package let purchases: PurchaseSettings
    package let access: AccessSettings

    /// - Throws: `SettingsError` with every problem at once.
    package init(_ source: SettingsSource) throws {
        var source = source
        self.lago = LagoSettings(&source)
        self.server = ServerSettings(&source)
        self.log = LogSettings(&source)
        self.worker = WorkerSettings(&source)
        self.mail = MailSettings(&source, hasPublicURL: source.text("PUBLIC_URL") != nil)
        self.topUps = TopUpSettings(&source)
        self.api = APISettings(&source)
        self.purchases = PurchaseSettings(&source)
        self.access = AccessSettings(&source)
        if !source.problems.isEmpty { throw SettingsError(problems: source.problems) }
    }

    /// What `check` calls an error and `serve` only warns of.
    package var missing: [SettingsProblem] {
        [
            self.lago.address == nil
                ? SettingsProblem(key: "LAGO_API_URL", value: nil, fix: "set it to the address of Lago's API") : nil,
            self.lago.apiKey == nil
                ? SettingsProblem(key: "LAGO_API_KEY", value: nil, fix: "set it to an API key of the organisation")
                : nil,
        ].compactMap { $0 }
    }
}

/// What the log says, and how.
///
/// - `LOG_LEVEL` (`trace`, `debug`, `info`, `notice`, `warning`, `error`, `critical`; default `info`)
/// - `LOG_FORMAT` (`text` or `json`, default `text`)
package struct LogSettings: Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package let level: Level
    package let format: Format

    package init(_ source: inout SettingsSource) {
        self.level = source.word("LOG_LEVEL", default: .info)
        self.format = source.word("LOG_FORMAT", default: .text)
    }
}

/// How the worker goes about its jobs.
///
/// - `WORKER_CONCURRENCY` (int, 1...256, default 8): jobs that run at once
/// - `BALANCE_DEBOUNCE` (duration, 0s...10s, default `2s`): the quiet time after the last event of a customer before
///   Lago is asked for the balance
/// - `SWEEP_INTERVAL` (duration, 1m...24h, default `15m`): how often everything at Lago is read, to find what no webhook told
/// - `LOW_BALANCE_THRESHOLDS` (comma-separated, default `20,5,0`): credits, or `20 USD`, `10%` of the last top-up, `3d`
///   left; empty for no such mail
/// - `LOW_BALANCE_MIN_INTERVAL` (duration, 0s...30d, default `1h`): the least time between two low-balance mails of an
///   account, unless it is used up
package struct WorkerSettings: Sendable {
    package let concurrency: Int
    package let balanceDebounce: Duration
    package let sweepInterval: Duration
    package let lowBalance: LowBalance

    package init(_ source: inout SettingsSource) {
        self.concurrency = source.int("WORKER_CONCURRENCY", default: 8, in: 1...256)
        self.balanceDebounce = source.duration("BALANCE_DEBOUNCE", default: .seconds(2), in: .zero ... .seconds(10))
        self.sweepInterval = source.duration(
            "SWEEP_INTERVAL",
            default: .seconds(900),
            in: .seconds(60) ... .seconds(86_400)
        )
        let interval = source.duration(
            "LOW_BALANCE_MIN_INTERVAL",
            default: .seconds(3600),
            in: .zero ... .seconds(30 * 86_400)
        )
        let milliseconds = interval.components.seconds * 1000 + interval.components.attoseconds / 1_000_000_000_000_000
        self.lowBalance = LowBalance(policy: Self.thresholds(&source), minimumInterval: milliseconds)
    }

    private static func thresholds(_ source: inout SettingsSource) -> ThresholdPolicy {
        let fallback = "20,5,0"
        do throws(ThresholdError) {
            return try ThresholdPolicy(source.text("LOW_BALANCE_THRESHOLDS") ?? fallback)
        } catch {
            source.note("LOW_BALANCE_THRESHOLDS", error.text, "\(error)")
            return .none
        }
    }
}
