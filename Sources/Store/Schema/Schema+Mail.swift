extension Schema {
    /// The main job: mirrors of Lago's objects, balances and what was made of them, mails.
    ///
    /// Times are Unix milliseconds. `object` is the JSON object as Lago sent it, `seenAt` the time at which it was asked
    /// for. An account is the sum of a customer's unrestricted wallets of one currency, named by the currency, or one
    /// restricted wallet, named by its id.
    static let mail = """
        -- Mail has hands of its own in the worker, so claims of it read an index of their own.
        DROP INDEX job_due;
        CREATE INDEX job_due ON job (dueAt, id) WHERE isHead = 1 AND kind <> 'mail';
        CREATE INDEX job_due_mail ON job (dueAt, id) WHERE isHead = 1 AND kind = 'mail';

        CREATE TABLE customer (
            id TEXT PRIMARY KEY,                -- the operator's id of it
            name TEXT,
            email TEXT,                         -- as Lago has it: perhaps several, with commas between
            locale TEXT,
            object BLOB NOT NULL,
            seenAt INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE walletTransaction (
            id TEXT PRIMARY KEY,                -- lago_id
            wallet TEXT NOT NULL,
            type TEXT NOT NULL,                 -- inbound or outbound
            status TEXT NOT NULL,
            createdAt INTEGER NOT NULL,         -- at Lago
            object BLOB NOT NULL,
            seenAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX walletTransaction_wallet ON walletTransaction (wallet, type, createdAt);

        CREATE TABLE subscription (
            id TEXT PRIMARY KEY,                -- lago_id
            externalId TEXT NOT NULL,
            customer TEXT NOT NULL,
            plan TEXT NOT NULL,
            status TEXT NOT NULL,
            object BLOB NOT NULL,
            seenAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX subscription_customer ON subscription (customer);

        CREATE TABLE invoice (
            id TEXT PRIMARY KEY,                -- lago_id
            customer TEXT NOT NULL,
            type TEXT NOT NULL,
            status TEXT NOT NULL,
            paymentStatus TEXT NOT NULL,
            currency TEXT NOT NULL,
            totalCents INTEGER NOT NULL,
            issuedAt INTEGER,                   -- the midnight UTC of its date
            object BLOB NOT NULL,
            seenAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX invoice_customer ON invoice (customer, issuedAt);

        -- Things that are done once in the life of a file: the baseline.
        CREATE TABLE milestone (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;

        -- Keys of our own making, as that of the links in mails.
        CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

        -- Live balances, one row per value; a value that stays only moves its seenAt.
        CREATE TABLE balance (
            id INTEGER PRIMARY KEY,
            customer TEXT NOT NULL,
            account TEXT NOT NULL,
            currency TEXT NOT NULL,
            settledCents INTEGER NOT NULL,
            liveCents INTEGER NOT NULL,
            credits TEXT NOT NULL,              -- the live balance in credits, a decimal
            at INTEGER NOT NULL,                -- first seen so
            seenAt INTEGER NOT NULL             -- last seen so
        ) STRICT;
        CREATE INDEX balance_account ON balance (customer, account, id);

        -- Usage of a customer's periods as last read, so that what has ended stays deducted until it is billed.
        CREATE TABLE heldUsage (customer TEXT PRIMARY KEY, readings TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

        -- Where an account stands with its thresholds.
        CREATE TABLE thresholdState (
            customer TEXT NOT NULL,
            account TEXT NOT NULL,
            descent INTEGER NOT NULL,           -- counts descents; mails of one share a thread
            state TEXT NOT NULL,                -- JSON
            at INTEGER NOT NULL,
            PRIMARY KEY (customer, account)
        ) STRICT, WITHOUT ROWID;

        -- Mails to be sent, and the proof of those that were: one row per address.
        CREATE TABLE message (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            customer TEXT,
            recipient TEXT NOT NULL,
            fact TEXT NOT NULL,                 -- what it tells; one fact makes one mail
            arguments TEXT NOT NULL,            -- JSON: what its texts are made from
            locale TEXT,
            state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'suppressed', 'superseded', 'digested')),
            reason TEXT,                        -- why it is not on its way
            messageId TEXT NOT NULL UNIQUE,     -- as its header has it; set before the first attempt
            thread TEXT,                        -- the Message-ID that it refers to
            subject TEXT,
            text TEXT,
            html TEXT,
            smtpReply TEXT,
            createdAt INTEGER NOT NULL,
            sentAt INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX message_fact ON message (customer, kind, fact, recipient) WHERE customer IS NOT NULL;
        CREATE UNIQUE INDEX message_alert ON message (kind, fact, recipient) WHERE customer IS NULL;
        CREATE INDEX message_customer ON message (customer, id);
        CREATE INDEX message_queued ON message (id) WHERE state = 'queued';

        -- Addresses that get no mail, or none of a kind.
        CREATE TABLE suppression (
            address TEXT NOT NULL,              -- in lower case
            kind TEXT NOT NULL,                 -- '*' for every kind
            reason TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'refused', 'operator')),
            detail TEXT,
            at INTEGER NOT NULL,
            PRIMARY KEY (address, kind)
        ) STRICT, WITHOUT ROWID;

        -- What a customer, or the operator for one, has set; JSON of the set keys only.
        CREATE TABLE customerSetting (customer TEXT PRIMARY KEY, settings TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
        """
}
