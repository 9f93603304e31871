private import Foundation
private import HTTPTypes
package import LagoAPI
package import LagoEvents
private import Money
package import Rules
package import Store
private import Telemetry

/// `GET` and `PUT /api/lago/settings`: what a customer has set, beside what holds where nothing is set.
package struct SettingsRoutes: Sendable {
    /// Changes a part of a customer's settings, JSON as it was received, within bounds; `actor` is who wants it.
    ///
    /// - Throws: `CustomerSettingsError` with all that is wrong.
    package typealias Update =
        @Sendable (
            _ customer: CustomerID, _ part: String, _ bounds: CustomerSettingsBounds, _ actor: String
        ) async throws -> CustomerSettings

    private let reads: LagoReads
    private let store: Store
    private let defaults: SettingsDefaults
    private let balances: AccountBalances
    private let bounds: @Sendable (_ maySetEmails: Bool) -> CustomerSettingsBounds
    private let update: Update

    /// - Parameter bounds: what settings may say, by whether emails may be set.
    package init(
        reads: LagoReads,
        defaults: SettingsDefaults,
        balances: AccountBalances,
        bounds: @escaping @Sendable (_ maySetEmails: Bool) -> CustomerSettingsBounds,
        update: @escaping Update
    ) {
        self.reads = reads
        self.store = reads.store
        self.defaults = defaults
        self.balances = balances
        self.bounds = bounds
        self.update = update
    }

    package var routes: [APIRoute] {
        [
            APIRoute(.get, "/settings", for: .customers, respond: self.show),
            APIRoute(.put, "/settings", for: .customers, respond: self.change),
        ]
    }

    @Sendable
    private func show(_ call: APICall) async throws -> APIAnswer {
        let customer = try await self.customer(call)
        let settings = try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue))
        return APIAnswer(try await self.answer(customer, settings))
    }

    @Sendable
    private func change(_ call: APICall) async throws -> APIAnswer {
        let customer = try await self.customer(call)
        // That it is JSON is found out here; what it says is for the rules to judge.
        let part = try APIFields(call.body, root: "settings", known: nil).json
        let before = try CustomerSettings(json: try await self.store.customerSettings(customer.rawValue))
        let after: CustomerSettings
        do {
            after = try await self.update(
                customer,
                String(decoding: part.bytes, as: UTF8.self),
                self.bounds(call.principal.isServer),
                call.principal.actor
            )
        } catch let error as CustomerSettingsError {
            throw APIFailure.validation(
                Dictionary(error.problems.map { ($0.field.isEmpty ? "settings" : $0.field, [$0.problem]) }) { $0 + $1 }
            )
        }
        let notices = try await self.notices(customer, before, after)
        return APIAnswer(try await self.answer(customer, after, notices: notices))
    }

    private func customer(_ call: APICall) async throws -> CustomerID {
        try call.query.allow(["external_customer_id"])
        let customer = try call.customer(call.query["external_customer_id"])
        try await self.reads.checkExists(customer)
        return customer
    }

    private func answer(
        _ customer: CustomerID,
        _ settings: CustomerSettings,
        notices: [String]? = nil
    ) async throws -> JSONText {
        var members: [(name: String, value: JSONText)] = [("external_customer_id", .text(customer.rawValue))]
        members += self.defaults.members(of: settings)
        members.append(("accounts", try await self.accounts(customer)))
        var answer: [(name: String, value: JSONText)] = [
            ("settings", .object(members)), ("defaults", .object(self.defaults.members)),
        ]
        if let notices { answer.append(("notices", .list(notices.map { .text($0) }))) }
        return .object(answer)
    }

    private func accounts(_ customer: CustomerID) async throws -> JSONText {
        var accounts: [JSONText] = []
        let open = try await self.store.openTopUps(of: customer)
        for account in try await self.balances.standing(of: customer).accounts where !account.isOfWallet {
            let last = try await self.store.topUpDecisions(of: customer, account: account.account, limit: 1).first
            accounts.append(
                .object([
                    ("currency", .text(account.currency)), ("live_credits_balance", .text(account.credits)),
                    (
                        "top_up",
                        .object([
                            ("state", .optional(open.first { $0.account == account.account }?.state)),
                            ("reason", .optional(last?.reason)),
                            ("next_look_at", .optional(last?.nextLookAt.map { Timestamp.text(milliseconds: $0) })),
                        ])
                    ),
                ])
            )
        }
        return .list(accounts)
    }

    /// Whoever switches top-ups on while low is charged, and is told so.
    private func notices(
        _ customer: CustomerID,
        _ before: CustomerSettings,
        _ after: CustomerSettings
    ) async throws -> [String] {
        let policy = try after.topUpPolicy(within: self.defaults.allowance)
        let earlier = try before.topUpPolicy(within: self.defaults.allowance)
        guard policy.isEnabled, policy != earlier, let threshold = policy.threshold else { return [] }
        let accounts = try await self.balances.standing(of: customer).accounts
        return accounts.compactMap { account in
            guard !account.isOfWallet, let credits = FixedDecimal(account.credits), credits <= threshold,
                let currency = Currency(account.currency), policy.maxPerMonth[currency] != nil
            else { return nil }
            return Self.words(credits, account.currency, threshold, policy)
        }
    }

    private static func words(
        _ credits: FixedDecimal,
        _ currency: String,
        _ threshold: FixedDecimal,
        _ policy: TopUpPolicy
    ) -> String? {
        let bought: String
        switch policy.amount {
        case .fixed(let amount): bought = "\(amount.text(decimals: 0)) credits"
        case .refill(let target): bought = "credits up to a balance of \(target.text(decimals: 0))"
        case nil: return nil
        }
        let low =
            "The balance in \(currency) is \(credits.text(decimals: 0)) credits, at or below the threshold of "
            + "\(threshold.text(decimals: 0))"
        switch policy.mode {
        case .on: return "\(low): \(bought) will be charged now."
        case .shadow: return "\(low): \(bought) would be charged now; the operator only tries this out, so nothing is."
        case .off: return nil
        }
    }
}
