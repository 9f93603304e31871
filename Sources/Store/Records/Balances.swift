internal import GRDB
package import LagoEvents

/// The live balance of an account at a time.
package struct BalanceReading: Hashable, Sendable {
    package let customer: CustomerID
    /// A currency's code, or the id of a restricted wallet.
    package let account: String
    package let currency: String
    /// In the currency's smallest unit, as Lago counts it.
    package let settledCents: Int64
    /// The same, less the usage that is not billed yet.
    package let liveCents: Int64
    /// The live balance in credits, a decimal in plain notation.
    package let credits: String
    /// Unix milliseconds: the first time that it was seen so.
    package let at: Int64
    /// Unix milliseconds: the last time that it was seen so.
    package let seenAt: Int64

    package init(
        customer: CustomerID,
        account: String,
        currency: String,
        settledCents: Int64,
        liveCents: Int64,
        credits: String,
        at: Int64,
        seenAt: Int64? = nil
    ) {
        self.customer = customer
        self.account = account
        self.currency = currency
        self.settledCents = settledCents
        self.liveCents = liveCents
        self.credits = credits
        self.at = at
        self.seenAt = seenAt ?? at
    }
}

/// What is kept of an account between two looks: JSON texts that `Rules` reads and writes.
package struct ThresholdRecord: Hashable, Sendable {
    package let descent: Int64
    /// JSON.
    package let state: String

    package init(descent: Int64, state: String) {
        self.descent = descent
        self.state = state
    }
}

extension Transaction {
    /// Keeps a reading; one that equals the last only moves the time at which that was seen.
    package func save(_ reading: BalanceReading) throws {
        let last = try self.row(
            """
            SELECT id, settledCents, liveCents, credits FROM balance
            WHERE customer = :customer AND account = :account ORDER BY id DESC LIMIT 1
            """,
            ["customer": reading.customer.rawValue, "account": reading.account]
        )
        if let last, last["settledCents"] == reading.settledCents, last["liveCents"] == reading.liveCents,
            last["credits"] == reading.credits
        {
            return try self.execute(
                "UPDATE balance SET seenAt = max(seenAt, :at) WHERE id = :id",
                ["id": last["id"] as Int64, "at": reading.seenAt]
            )
        }
        try self.execute(
            """
            INSERT INTO balance (customer, account, currency, settledCents, liveCents, credits, at, seenAt)
            VALUES (:customer, :account, :currency, :settled, :live, :credits, :at, :seenAt)
            """,
            [
                "customer": reading.customer.rawValue, "account": reading.account, "currency": reading.currency,
                "settled": reading.settledCents, "live": reading.liveCents, "credits": reading.credits,
                "at": reading.at, "seenAt": reading.seenAt,
            ]
        )
        self.note(.balances)
    }

    /// Keeps the usage of a customer's periods as last read, as JSON; nil when there is none to keep.
    package func save(heldUsage readings: String?, of customer: CustomerID, at now: Int64) throws {
        guard let readings else {
            return try self.execute("DELETE FROM heldUsage WHERE customer = :id", ["id": customer.rawValue])
        }
        try self.execute(
            """
            INSERT INTO heldUsage (customer, readings, at) VALUES (:id, :readings, :now)
            ON CONFLICT (customer) DO UPDATE SET readings = excluded.readings, at = excluded.at
            """,
            ["id": customer.rawValue, "readings": readings, "now": now]
        )
    }

    /// Keeps where an account stands with its thresholds, if it still stands where `expected` says.
    ///
    /// Returns false when somebody else has kept another state meanwhile; then nothing is written.
    package func save(
        _ record: ThresholdRecord,
        of customer: CustomerID,
        account: String,
        after expected: ThresholdRecord?,
        at now: Int64
    ) throws -> Bool {
        guard try self.thresholds(of: customer, account: account) == expected else { return false }
        try self.execute(
            """
            INSERT INTO thresholdState (customer, account, descent, state, at)
            VALUES (:customer, :account, :descent, :state, :now)
            ON CONFLICT (customer, account) DO UPDATE SET
                descent = excluded.descent, state = excluded.state, at = excluded.at
            """,
            [
                "customer": customer.rawValue, "account": account, "descent": record.descent, "state": record.state,
                "now": now,
            ]
        )
        return true
    }

    /// Where an account stands with its thresholds; nil before the first look.
    package func thresholds(of customer: CustomerID, account: String) throws -> ThresholdRecord? {
        try self.row(
            "SELECT descent, state FROM thresholdState WHERE customer = :customer AND account = :account",
            ["customer": customer.rawValue, "account": account]
        ).map { ThresholdRecord(descent: $0["descent"], state: $0["state"]) }
    }
}

extension BalanceReading {
    init(row: Row) {
        self.init(
            customer: CustomerID(rawValue: row["customer"]),
            account: row["account"],
            currency: row["currency"],
            settledCents: row["settledCents"],
            liveCents: row["liveCents"],
            credits: row["credits"],
            at: row["at"],
            seenAt: row["seenAt"]
        )
    }

    /// The newest row of each account of `:customer`.
    static let newest = """
        SELECT balance.* FROM (
            WITH RECURSIVE account (name) AS (
                SELECT min(account) FROM balance WHERE customer = :customer
                UNION ALL
                SELECT (SELECT min(account) FROM balance WHERE customer = :customer AND account > name)
                FROM account WHERE name IS NOT NULL)
            SELECT name FROM account WHERE name IS NOT NULL)
        JOIN balance ON balance.id = (
            SELECT max(id) FROM balance WHERE customer = :customer AND account = name)
        ORDER BY account
        """
}

extension Store {
    /// The newest reading of each of a customer's accounts.
    package func balances(of customer: CustomerID) async throws -> [BalanceReading] {
        try await self.read { db in
            try Row.fetchAll(db, sql: BalanceReading.newest, arguments: ["customer": customer.rawValue])
                .map(BalanceReading.init(row:))
        }
    }

    /// Where an account stands with its thresholds; nil before the first look.
    package func thresholds(of customer: CustomerID, account: String) async throws -> ThresholdRecord? {
        try await self.read { db in try Transaction(db).thresholds(of: customer, account: account) }
    }

    /// The usage of a customer's periods as last read, as JSON.
    package func heldUsage(of customer: CustomerID) async throws -> String? {
        try await self.read { db in
            try String.fetchOne(
                db,
                sql: "SELECT readings FROM heldUsage WHERE customer = ?",
                arguments: [customer.rawValue]
            )
        }
    }
}
