package import Foundation
package import Money

/// What a message tells, as facts; the renderer finds the words.
package enum Notice: Hashable, Sendable {
    case lowBalance(LowBalance)
    case balanceRecovered(BalanceRecovered)
    case topUpSucceeded(TopUpSucceeded)
    case topUpFailed(TopUpFailed)
    case topUpActionRequired(TopUpActionRequired)
    case topUpPaused(TopUpPaused)
    case topUpLimit(TopUpLimit)
    case invoiceIssued(InvoiceIssued)
    case paymentReceived(PaymentReceived)
    case paymentFailed(PaymentFailed)
    case paymentActionRequired(PaymentActionRequired)
    case paymentOverdue(PaymentOverdue)
    case invoiceVoided(InvoiceVoided)
    case creditNoteIssued(CreditNoteIssued)
    case subscriptionStarted(SubscriptionStarted)
    case subscriptionEnding(SubscriptionEnding)
    case subscriptionEnded(SubscriptionEnded)
    case trialEnded(TrialEnded)
    case usageThresholdReached(UsageThresholdReached)
    case walletTerminated(WalletTerminated)
    case creditsExpiring(CreditsExpiring)
    case customerDigest(CustomerDigest)
    case signInLink(SignInLink)
    case operatorDigest(OperatorDigest)
    case operatorAlert(OperatorAlert)

    package var kind: MessageKind {
        switch self {
        case .lowBalance: .lowBalance
        case .balanceRecovered: .balanceRecovered
        case .topUpSucceeded: .topUpSucceeded
        case .topUpFailed: .topUpFailed
        case .topUpActionRequired: .topUpActionRequired
        case .topUpPaused: .topUpPaused
        case .topUpLimit: .topUpLimit
        case .invoiceIssued: .invoiceIssued
        case .paymentReceived: .paymentReceived
        case .paymentFailed: .paymentFailed
        case .paymentActionRequired: .paymentActionRequired
        case .paymentOverdue: .paymentOverdue
        case .invoiceVoided: .invoiceVoided
        case .creditNoteIssued: .creditNoteIssued
        case .subscriptionStarted: .subscriptionStarted
        case .subscriptionEnding: .subscriptionEnding
        case .subscriptionEnded: .subscriptionEnded
        case .trialEnded: .trialEnded
        case .usageThresholdReached: .usageThresholdReached
        case .walletTerminated: .walletTerminated
        case .creditsExpiring: .creditsExpiring
        case .customerDigest: .customerDigest
        case .signInLink: .signInLink
        case .operatorDigest: .operatorDigest
        case .operatorAlert: .operatorAlert
        }
    }

    /// What an account holds, in credits, in money, or both; at least one is given.
    package enum Balance: Hashable, Sendable {
        case credits(FixedDecimal)
        case money(Amount)
        case both(FixedDecimal, Amount)

        var credits: FixedDecimal? {
            switch self {
            case .credits(let credits), .both(let credits, _): credits
            case .money: nil
            }
        }

        var money: Amount? {
            switch self {
            case .money(let money), .both(_, let money): money
            case .credits: nil
            }
        }

        var isUsedUp: Bool { self.credits.map { $0.units <= 0 } ?? ((self.money?.minorUnits ?? 0) <= 0) }
    }

    /// The level that was crossed.
    package enum Threshold: Hashable, Sendable {
        case credits(FixedDecimal)
        case money(Amount)
        /// Per cent of the last top-up.
        case share(FixedDecimal)
        case timeLeft(Duration)

        var isTime: Bool { if case .timeLeft = self { true } else { false } }
    }

    /// When the credits will be used up at the present pace, in milliseconds since 1970.
    package struct RunOut: Hashable, Sendable {
        package var at: Int64
        package var earliest: Int64
        /// nil where it may never be.
        package var latest: Int64?

        package init(at: Int64, earliest: Int64, latest: Int64?) {
            self.at = at
            self.earliest = earliest
            self.latest = latest
        }
    }

    /// The live balance is at or below a threshold.
    package struct LowBalance: Hashable, Sendable {
        /// As Lago has it; any text, or nil.
        package var customerName: String?
        package var balance: Balance
        package var threshold: Threshold
        /// nil where there is no telling.
        package var runOut: RunOut?
        /// When this was found, in milliseconds since 1970.
        package var now: Int64
        package var zone: TimeZone
        /// Where the button leads: the page where credits are bought.
        package var billingURL: String

        package init(
            customerName: String?,
            balance: Balance,
            threshold: Threshold,
            runOut: RunOut? = nil,
            now: Int64,
            zone: TimeZone = .gmt,
            billingURL: String
        ) {
            self.customerName = customerName
            self.balance = balance
            self.threshold = threshold
            self.runOut = runOut
            self.now = now
            self.zone = zone
            self.billingURL = billingURL
        }
    }

    /// The balance is back above the threshold that was crossed.
    package struct BalanceRecovered: Hashable, Sendable {
        package var customerName: String?
        package var balance: Balance
        package var threshold: Threshold
        /// nil where there is no telling.
        package var runOut: RunOut?
        /// When this was found, in milliseconds since 1970.
        package var now: Int64
        package var zone: TimeZone
        package var billingURL: String

        package init(
            customerName: String?,
            balance: Balance,
            threshold: Threshold,
            runOut: RunOut? = nil,
            now: Int64,
            zone: TimeZone = .gmt,
            billingURL: String
        ) {
            self.customerName = customerName
            self.balance = balance
            self.threshold = threshold
            self.runOut = runOut
            self.now = now
            self.zone = zone
            self.billingURL = billingURL
        }
    }

    /// Something that a person should look at; its texts are English sentences of our own.
    package struct OperatorAlert: Hashable, Sendable {
        /// A few words: what the subject says.
        package var title: String
        package var whatHappened: String
        package var whatToDo: String?
        /// In milliseconds since 1970.
        package var since: Int64?
        /// The dashboard's page about it.
        package var link: String?

        package init(
            title: String,
            whatHappened: String,
            whatToDo: String? = nil,
            since: Int64? = nil,
            link: String? = nil
        ) {
            self.title = title
            self.whatHappened = whatHappened
            self.whatToDo = whatToDo
            self.since = since
            self.link = link
        }
    }
}
