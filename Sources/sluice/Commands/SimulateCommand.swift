import ArgumentParser
import Foundation
import LagoEvents
import Rules
import Settings
import Store
import Worker

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Try a policy on balances that were: which mails and charges it would have made.",
        discussion: """
            Plays the stored balances of a period by the rules that the service decides by, and does nothing. The policy is
            that of the settings, with what is named here instead; what customers have set for themselves still holds.
            Automatic top-ups that really were paid in the period are taken out of the balances first.
            """
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var policy: SimulatedPolicyOptions
    @Option(name: .long, help: "Only the customer with this external id.")
    var customer: String?
    @Option(name: .long, help: "When the period begins: 2026-11-01, 2026-11-01T08:30:00Z, or so long ago, as 30d.")
    var from = PointInTime.monthAgo
    @Option(name: .long, help: "When it ends, written alike; now by default.")
    var to: PointInTime?
    @Option(name: .long, help: "What becomes of payments: succeed or decline.")
    var payments = Simulation.Payments.succeed
    @Option(name: .long, help: "The most mails and charges to print; the summary counts all.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit takes a number that is not below 0") }
    }

    func run() async throws {
        try await reportingFailures {
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let (from, to) = (self.from.milliseconds(at: now), self.to?.milliseconds(at: now) ?? now)
            guard from < to else { throw Failure(description: "--from must be before --to") }
            let settings = try await self.settings.load(overriding: self.policy.overrides)
            let store = try Store(path: settings.server.databasePath, access: .command)
            let plan = SimulationPlan(
                customer: self.customer.map(CustomerID.init),
                period: from..<to,
                lowBalance: settings.worker.lowBalance,
                allowance: self.policy.allowance(settings.topUps.allowance),
                payments: self.payments,
                noticesOff: Set(settings.mail.noticesOff)
            )
            var report = SimulationReport(plan)
            try await Simulator(store: store, plan: plan).run { report.add($0) }
            guard report.hasAccounts else {
                let whose = self.customer.map { " of \($0)" } ?? ""
                throw Failure(description: "no balance\(whose) is stored from before the end of the period")
            }
            try report.print(json: self.output.json, limit: self.limit)
        }
    }
}

/// What to try instead of the settings; written as they are.
struct SimulatedPolicyOptions: ParsableArguments {
    @Option(name: .long, help: "Instead of LOW_BALANCE_THRESHOLDS, as 20,5,0.")
    var lowBalanceThresholds: String?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_THRESHOLD, in credits.")
    var topUpThreshold: String?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_CREDITS: how many are bought each time.")
    var topUpCredits: String?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_TARGET: to how many accounts are filled up.")
    var topUpTarget: String?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_COOLDOWN, as 1h.")
    var cooldown: String?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_MAX_PER_DAY.")
    var maxPerDay: Int?
    @Option(name: .long, help: "Instead of AUTO_TOP_UP_MAX_PER_MONTH, as \"500 USD,450 EUR\".")
    var maxPerMonth: String?
    @Flag(name: .long, help: "Top up everybody who did not switch it off, as AUTO_TOP_UP_DEFAULT=all does.")
    var all = false

    func validate() throws {
        guard self.topUpCredits == nil || self.topUpTarget == nil else {
            throw ValidationError("--top-up-credits and --top-up-target exclude each other")
        }
    }

    private var topUps: [String: String?] {
        var keys: [String: String?] = [
            "AUTO_TOP_UP_THRESHOLD": self.topUpThreshold, "AUTO_TOP_UP_CREDITS": self.topUpCredits,
            "AUTO_TOP_UP_TARGET": self.topUpTarget, "AUTO_TOP_UP_COOLDOWN": self.cooldown,
            "AUTO_TOP_UP_MAX_PER_DAY": self.maxPerDay.map(String.init), "AUTO_TOP_UP_MAX_PER_MONTH": self.maxPerMonth,
            "AUTO_TOP_UP_DEFAULT": self.all ? TopUpAllowance.Audience.all.rawValue : nil,
        ].filter { $0.value != nil }
        // One of them stands for the other, too.
        if self.topUpCredits != nil { keys.updateValue(nil, forKey: "AUTO_TOP_UP_TARGET") }
        if self.topUpTarget != nil { keys.updateValue(nil, forKey: "AUTO_TOP_UP_CREDITS") }
        return keys
    }

    /// Settings that go before the environment's. Whoever names a part of the policy wants to see it at work.
    var overrides: [String: String?] {
        var overrides = self.topUps
        if !overrides.isEmpty { overrides["AUTO_TOP_UP"] = TopUpAllowance.Mode.shadow.rawValue }
        if let thresholds = self.lowBalanceThresholds {
            // An empty variable is one that is not set; a blank says that there are none.
            overrides["LOW_BALANCE_THRESHOLDS"] = thresholds.isEmpty ? " " : thresholds
        }
        return overrides
    }

    /// The same allowance, at work: nothing is charged here in any case.
    func allowance(_ allowance: TopUpAllowance) -> TopUpAllowance {
        guard allowance.mode == .shadow else { return allowance }
        return TopUpAllowance(
            mode: .on,
            audience: allowance.audience,
            threshold: allowance.threshold,
            amount: allowance.amount,
            cooldown: allowance.cooldown,
            maxPerDay: allowance.maxPerDay,
            maxPerMonth: allowance.maxPerMonth,
            chargesWithoutProvider: allowance.chargesWithoutProvider
        )
    }
}

extension Simulation.Payments: ExpressibleByArgument {}
