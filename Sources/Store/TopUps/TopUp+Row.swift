internal import Foundation
internal import GRDB
internal import LagoEvents

extension TopUpDecisionRecord {
    init(row: Row, customer: CustomerID) {
        self.init(
            customer: customer,
            account: row["account"],
            reason: row["reason"],
            detail: row["detail"],
            nextLookAt: row["nextLookAt"],
            at: row["at"],
            lastAt: row["lastAt"]
        )
    }
}

extension TopUp {
    init(row: Row) throws {
        self.init(
            id: row["id"],
            customer: CustomerID(rawValue: row["customer"]),
            account: row["account"],
            wallet: row["wallet"],
            origin: row["origin"],
            state: row["state"],
            credits: row["credits"],
            cents: row["cents"],
            isAdopted: row["isAdopted"],
            at: row["createdAt"]
        )
        self.reason = row["reason"]
        self.invoiceState = row["invoiceState"]
        self.transactionID = row["transactionId"]
        self.invoiceID = row["invoiceId"]
        self.created = KeptTime(row["createdAt"], aheadAt: row["createdAheadAt"])
        self.updatedAt = row["updatedAt"]
        self.settled = (row["settledAt"] as Int64?).map { KeptTime($0, aheadAt: row["settledAheadAt"]) }
        self.failures = try JSONDecoder().decode([KeptTime].self, from: Data((row["failures"] as String).utf8))
        self.forgiven = row["forgiven"]
        self.listedFrom = row["listedFrom"]
        self.doubtAt = row["doubtAt"]
        self.missedAt = row["missedAt"]
        self.askedAt = row["askedAt"]
        self.extras = row["extras"]
        self.refusal = row["refusal"]
        self.version = row["version"]
    }

    var failuresText: String {
        get throws { String(decoding: try JSONEncoder().encode(self.failures), as: UTF8.self) }
    }

    var arguments: StatementArguments {
        get throws {
            let fixed: StatementArguments = [
                "customer": self.customer.rawValue, "account": self.account, "wallet": self.wallet,
                "origin": self.origin, "credits": self.credits, "cents": self.cents, "isAdopted": self.isAdopted,
                "createdAt": self.created.at, "extras": self.extras,
            ]
            return try self.changes &+ fixed
        }
    }

    var changes: StatementArguments {
        get throws {
            [
                "id": self.id, "state": self.state, "reason": self.reason, "invoiceState": self.invoiceState,
                "transactionID": self.transactionID, "invoiceID": self.invoiceID,
                "createdAheadAt": self.created.aheadAt, "updatedAt": self.updatedAt, "settledAt": self.settled?.at,
                "settledAheadAt": self.settled?.aheadAt,
                "failures": try self.failuresText,
                "forgiven": self.forgiven, "listedFrom": self.listedFrom, "doubtAt": self.doubtAt,
                "missedAt": self.missedAt, "askedAt": self.askedAt, "refusal": self.refusal,
            ]
        }
    }
}
