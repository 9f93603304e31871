import ArgumentParser
import Foundation
import LagoEvents
import Proxy
import Rules
import Settings
import Store
import Telemetry

struct BalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "Live balances, as last read from Lago.",
        subcommands: [Show.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The accounts of one customer.",
            discussion: """
                An account is the sum of the customer's unrestricted active wallets of one currency. The live balance is
                what is settled, less usage that is not billed yet.
                """
        )

        @OptionGroup var settings: SettingsOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The customer's external id.")
        var customer: String

        func run() async throws {
            try await reportingFailures {
                let policy = try await self.settings.load().worker.lowBalance.policy
                let store = try await self.settings.openStore()
                let readings = try await store.balances(of: CustomerID(rawValue: self.customer))
                guard !readings.isEmpty else {
                    throw Failure(
                        description:
                            "no balance of \(self.customer) was read yet: no such customer, no active wallet, or "
                            + "no look at Lago so far (jobs list --customer \(self.customer))"
                    )
                }
                let own = try CustomerSettings(json: try await store.customerSettings(self.customer))
                let next = try await store.scheduledLook(at: CustomerID(rawValue: self.customer))
                let forecasts = try await store.forecasts(of: CustomerID(rawValue: self.customer))
                var rows: [BalanceRow] = []
                for reading in readings {
                    let (id, account) = (reading.customer, reading.account)
                    rows.append(
                        BalanceRow(
                            reading,
                            policy: try own.policy(default: policy),
                            forecast: forecasts.first { $0.account == account },
                            next: next,
                            topUp: try await store.topUpDecisions(of: id, account: account, limit: 1).first
                        )
                    )
                }
                try Output.print(rows, json: self.output.json)
            }
        }
    }
}

/// An account as `--json` and tables show it.
struct BalanceRow: Output.Row {
    private let reading: BalanceReading
    private let level: StatusLevel?
    private let forecast: ForecastRecord?
    private let next: ScheduledLook?
    private let topUp: TopUpDecisionRecord?

    /// - Parameter topUp: the last decision about the account.
    init(
        _ reading: BalanceReading,
        policy: ThresholdPolicy,
        forecast: ForecastRecord?,
        next: ScheduledLook?,
        topUp: TopUpDecisionRecord?
    ) {
        self.reading = reading
        self.topUp = topUp
        self.forecast = forecast
        self.next = next
        self.level = AccountBalance(reading, forecast: forecast, policy: policy).level
    }

    static let columns = [
        "ACCOUNT", "CURRENCY", "LIVE CREDITS", "LIVE CENTS", "SETTLED CENTS", "LEVEL", "AS OF", "RUNS OUT", "PACE",
        "NEXT LOOK", "TOP-UP",
    ]

    private var runsOutAt: String? { self.forecast?.runsOutAt.map { Timestamp.text(milliseconds: $0) } }
    private var nextLookAt: String? { self.next.map { Timestamp.text(milliseconds: $0.dueAt) } }

    var cells: [String] {
        [
            self.reading.account, self.reading.currency, self.reading.credits, "\(self.reading.liveCents)",
            "\(self.reading.settledCents)", self.level?.rawValue ?? "-",
            Timestamp.text(milliseconds: self.reading.seenAt), self.runsOutAt ?? "-", self.next?.pace.rawValue ?? "-",
            self.nextLookAt ?? "-", self.topUp?.reason ?? "-",
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case account, currency
        case customer = "external_customer_id"
        case liveCredits = "live_credits_balance"
        case liveCents = "live_balance_cents"
        case settledCents = "balance_cents"
        case level = "status_level"
        case asOf = "balance_as_of"
        case runsOutAt = "runs_out_at"
        case nextLookAt = "next_look_at"
        case topUpReason = "top_up_reason"
        case pace
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.reading.customer.rawValue, forKey: .customer)
        try container.encode(self.reading.account, forKey: .account)
        try container.encode(self.reading.currency, forKey: .currency)
        try container.encode(self.reading.credits, forKey: .liveCredits)
        try container.encode(self.reading.liveCents, forKey: .liveCents)
        try container.encode(self.reading.settledCents, forKey: .settledCents)
        try container.encode(self.level?.rawValue, forKey: .level)
        try container.encode(Timestamp.text(milliseconds: self.reading.seenAt), forKey: .asOf)
        try container.encode(self.runsOutAt, forKey: .runsOutAt)
        try container.encode(self.next?.pace.rawValue, forKey: .pace)
        try container.encode(self.nextLookAt, forKey: .nextLookAt)
        try container.encode(self.topUp?.reason, forKey: .topUpReason)
    }
}
