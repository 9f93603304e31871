extension Schema {
    /// Knowing better than webhooks: facts, sweeps, when to look at whom, forecasts.
    ///
    /// Times are Unix milliseconds.
    static let knowledge = """
        -- What happened at Lago and is known, each once, however it was told: what is here already is no news.
        CREATE TABLE fact (
            key TEXT PRIMARY KEY,               -- <kind of object>/<lago_id>/<what happened to it>
            customer TEXT,
            origin TEXT NOT NULL CHECK (origin IN ('webhook', 'healed', 'baseline')),  -- who told it first
            at INTEGER,                         -- Lago's own time for it, where it has one
            knownAt INTEGER NOT NULL,
            toldAt INTEGER                      -- when its webhook came, late, after a sweep had told it
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX fact_known ON fact (knownAt, origin) WHERE origin <> 'baseline';

        -- Readings of everything at Lago, the first of which is the baseline; the newest rows are kept.
        CREATE TABLE sweep (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('baseline', 'sweep')),
            startedAt INTEGER NOT NULL,
            endedAt INTEGER,                    -- NULL while it runs, or waits to be resumed
            phase TEXT NOT NULL,                -- what is being read
            page INTEGER NOT NULL,              -- the first page of it that is not worked yet
            seen INTEGER NOT NULL DEFAULT 0,    -- objects read
            healed INTEGER NOT NULL DEFAULT 0,  -- facts that no webhook had told
            skipped INTEGER NOT NULL DEFAULT 0  -- objects or pages that could not be read
        ) STRICT;
        CREATE UNIQUE INDEX sweep_running ON sweep (endedAt IS NULL) WHERE endedAt IS NULL;

        -- When each customer with an active wallet is to be looked at next.
        CREATE TABLE lookSchedule (
            customer TEXT PRIMARY KEY,
            pace TEXT NOT NULL CHECK (pace IN ('near', 'far', 'idle')),
            dueAt INTEGER NOT NULL,
            interval INTEGER NOT NULL,          -- milliseconds from look to look while nothing tells whose usage moves
            lookedAt INTEGER,                   -- NULL before the first look
            movedAt INTEGER,                    -- usage was seen since the last look
            failures INTEGER NOT NULL DEFAULT 0  -- looks in a row that Lago did not answer
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX lookSchedule_due ON lookSchedule (pace, dueAt);

        -- When accounts run out, and the usage that tells it.
        CREATE TABLE forecast (
            customer TEXT NOT NULL,
            account TEXT NOT NULL,
            history TEXT NOT NULL,              -- JSON
            runsOutAt INTEGER,                  -- NULL where there is no telling
            earliest INTEGER,
            latest INTEGER,
            at INTEGER NOT NULL,
            PRIMARY KEY (customer, account)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE creditNote (
            id TEXT PRIMARY KEY,                -- lago_id
            customer TEXT NOT NULL,
            status TEXT NOT NULL,               -- of the credit: available, consumed, voided
            currency TEXT NOT NULL,
            totalCents INTEGER NOT NULL,
            issuedAt INTEGER,                   -- the midnight UTC of its date
            object BLOB NOT NULL,
            seenAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX creditNote_customer ON creditNote (customer, issuedAt);

        -- Which Lago it is, as last found.
        CREATE TABLE lagoEdition (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version TEXT,                       -- as it says itself; NULL where it does not
            isPremium INTEGER CHECK (isPremium IN (0, 1)),      -- NULL while it is not known
            hasTransactionMetadata INTEGER CHECK (hasTransactionMetadata IN (0, 1)),  -- NULL before one was seen
            seenAt INTEGER NOT NULL
        ) STRICT;

        -- How a wallet was when sweeps last saw it, and when they last listed its transactions: how it was then, and up
        -- to which of them.
        ALTER TABLE wallet ADD COLUMN mark TEXT;
        ALTER TABLE wallet ADD COLUMN listedMark TEXT;
        ALTER TABLE wallet ADD COLUMN listedAt INTEGER;
        ALTER TABLE wallet ADD COLUMN listedTo INTEGER;
        CREATE INDEX wallet_unlisted ON wallet (id) WHERE mark IS NOT listedMark;

        CREATE INDEX subscription_externalId ON subscription (externalId);
        CREATE INDEX invoice_open ON invoice (seenAt) WHERE status = 'finalized' AND paymentStatus <> 'succeeded';
        CREATE INDEX walletTransaction_pending ON walletTransaction (createdAt, wallet) WHERE status = 'pending';

        -- What an earlier version has seen is no fact yet: everything is read once more, and nothing of it is news.
        DELETE FROM milestone WHERE name = 'baseline';
        """
}
