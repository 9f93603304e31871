extension Schema {
    /// Buying credits: what was wanted, what Lago knows of it, and why nothing was bought.
    ///
    /// Times are Unix milliseconds. `…AheadAt` is when a time was first found to lie ahead, by a clock that was set back.
    static let topUps = """
        -- Each purchase of credits, written down before Lago hears of it.
        CREATE TABLE topUp (
            id TEXT PRIMARY KEY,                -- a UUID of ours: sluice_id in the metadata of Lago's transaction
            customer TEXT NOT NULL,
            account TEXT NOT NULL,              -- a currency's code
            wallet TEXT NOT NULL,               -- lago_id of the one that gets the credits
            origin TEXT NOT NULL CHECK (origin IN ('automatic', 'purchase')),
            state TEXT NOT NULL CHECK (state IN (
                'planned', 'submitting', 'submitted', 'settled', 'failed', 'unknown')),
            reason TEXT,                        -- why it failed, or waits
            credits TEXT NOT NULL,              -- a decimal
            cents INTEGER NOT NULL,             -- what they cost, in the currency's smallest unit as Lago counts it
            invoiceState TEXT NOT NULL CHECK (invoiceState IN ('none', 'notSeen', 'payable', 'closed')),
            transactionId TEXT UNIQUE,          -- Lago's
            invoiceId TEXT,                     -- Lago's
            isAdopted INTEGER NOT NULL DEFAULT 0 CHECK (isAdopted IN (0, 1)),  -- found at Lago, and not in this file
            createdAt INTEGER NOT NULL,
            createdAheadAt INTEGER,
            updatedAt INTEGER NOT NULL,
            settledAt INTEGER,
            settledAheadAt INTEGER,
            failures TEXT NOT NULL DEFAULT '[]',    -- JSON: when it was declined or refused
            forgiven INTEGER NOT NULL DEFAULT 0,    -- failures from before somebody resumed
            listedFrom INTEGER,                 -- by Lago's clock: its transaction cannot be older
            doubtAt INTEGER,                    -- by Lago's clock: the request had ended, one way or another
            missedAt INTEGER                    -- by Lago's clock: a complete list, the grace later, did not show it
        ) STRICT;
        -- One at a time: money cannot be spent twice by two decisions.
        CREATE UNIQUE INDEX topUp_place ON topUp (customer, account)
            WHERE origin = 'automatic' AND isAdopted = 0 AND (
                state IN ('planned', 'submitting', 'submitted', 'unknown')
                OR state = 'failed' AND invoiceState IN ('payable', 'notSeen'));
        CREATE INDEX topUp_account ON topUp (customer, account, createdAt);
        CREATE INDEX topUp_open ON topUp (state, createdAt) WHERE state NOT IN ('settled', 'failed');

        -- What was decided about an account; a decision that stays only moves its lastAt.
        CREATE TABLE topUpDecision (
            id INTEGER PRIMARY KEY,
            customer TEXT NOT NULL,
            account TEXT NOT NULL,
            reason TEXT NOT NULL,
            detail TEXT,                        -- JSON: credits, money, limits
            nextLookAt INTEGER,
            at INTEGER NOT NULL,
            lastAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX topUpDecision_account ON topUpDecision (customer, account, id);
        """

    /// A top-up can come back to the state it was in, so a state does not tell whether it moved since it was read.
    static let topUpVersions = """
        -- Counts its moves.
        ALTER TABLE topUp ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
        """
}
