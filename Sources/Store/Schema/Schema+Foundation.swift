extension Schema {
    /// Receiving and working: events, jobs, what is known of Lago.
    ///
    /// Times are Unix milliseconds. Ids are SQLite row ids. Texts of closed sets are checked.
    static let foundation = """
        -- What happened in Lago, one row per event, however many deliveries told it.
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,           -- X-Lago-Unique-Key
            webhookType TEXT,                   -- NULL when the body could not be read
            organization TEXT,
            customer TEXT,                      -- the operator's id of it, where the body names one
            digest BLOB NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the body
            origin TEXT NOT NULL CHECK (origin IN ('webhook', 'healed', 'replay')),
            outcome TEXT NOT NULL CHECK (outcome IN (
                'pending', 'processed', 'ignored', 'repeat', 'unknown_type', 'unreadable', 'too_old', 'failed')),
            receivedAt INTEGER NOT NULL,
            processedAt INTEGER,                -- NULL while the event is in the worker's inbox
            duplicates INTEGER NOT NULL DEFAULT 0,  -- further deliveries of the same key
            isRepeat INTEGER NOT NULL DEFAULT 0 CHECK (isRepeat IN (0, 1)),  -- its body was known under another key
            repeats INTEGER NOT NULL DEFAULT 0,     -- deliveries of the same body under other keys
            repeatMinute INTEGER,               -- the minute in which repeatsThisMinute were kept
            repeatsThisMinute INTEGER NOT NULL DEFAULT 0,
            CHECK (outcome <> 'pending' OR processedAt IS NULL)
        ) STRICT;
        CREATE INDEX event_inbox ON event (id) WHERE processedAt IS NULL;
        CREATE UNIQUE INDEX event_digest ON event (digest) WHERE isRepeat = 0;

        -- The body of an event, byte for byte, apart from it: bodies are deleted long before keys are.
        CREATE TABLE eventBody (
            eventId INTEGER PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
            body BLOB NOT NULL
        ) STRICT;

        -- Durable intent to do something.
        CREATE TABLE job (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            customer TEXT,
            lane TEXT CHECK (lane IN ('balance', 'top_up', 'mail')),
            arguments TEXT,                     -- JSON
            state TEXT NOT NULL CHECK (state IN ('available', 'leased', 'done', 'dead', 'discarded')),
            isHead INTEGER NOT NULL CHECK (isHead IN (0, 1)),  -- live, and the next of its lane (or in none)
            createdAt INTEGER NOT NULL,
            askedAt INTEGER NOT NULL,           -- first asked for since it last ran, for debouncing
            dueAt INTEGER NOT NULL,             -- when it may be taken; a lease pushes it forward
            attempt INTEGER NOT NULL DEFAULT 0, -- attempts spent
            maxAttempts INTEGER NOT NULL,
            claim INTEGER NOT NULL DEFAULT 0,   -- claims, snoozed and handed back ones included
            leaseOwner TEXT,
            rerunAt INTEGER,                    -- asked for again while it ran: due then, once more
            rerunArguments TEXT,
            endedAt INTEGER,
            lastError TEXT,
            CHECK (isHead = 0 OR state IN ('available', 'leased')),
            CHECK (state = 'leased' OR leaseOwner IS NULL),
            CHECK (lane IS NULL OR customer IS NOT NULL)
        ) STRICT;
        CREATE UNIQUE INDEX job_live ON job (kind, key) WHERE state IN ('available', 'leased');
        CREATE INDEX job_due ON job (dueAt, id) WHERE isHead = 1;
        CREATE UNIQUE INDEX job_head ON job (customer, lane) WHERE isHead = 1 AND lane IS NOT NULL;
        CREATE INDEX job_lane ON job (customer, lane, dueAt, id) WHERE state = 'available' AND lane IS NOT NULL;
        CREATE INDEX job_dead ON job (kind, id) WHERE state = 'dead';
        CREATE INDEX job_leased ON job (leaseOwner) WHERE state = 'leased';

        -- Every claim of a job.
        CREATE TABLE attempt (
            jobId INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            claim INTEGER NOT NULL,
            number INTEGER NOT NULL,
            owner TEXT NOT NULL,
            begunAt INTEGER NOT NULL,
            endedAt INTEGER,
            result TEXT CHECK (result IN ('done', 'again', 'dead', 'handed_back', 'lapsed')),
            error TEXT,
            PRIMARY KEY (jobId, claim),
            CHECK ((endedAt IS NULL) = (result IS NULL))
        ) STRICT, WITHOUT ROWID;

        -- Requests that were turned away, newest last, bounded in number and bytes.
        CREATE TABLE rejectedRequest (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            address TEXT NOT NULL,
            reason TEXT NOT NULL,
            algorithm TEXT,
            digest BLOB,
            body BLOB                           -- the first 2 KiB; NULL when it is another organisation's
        ) STRICT;

        -- Public keys of Lago: the current one and the former.
        CREATE TABLE lagoKey (
            pem TEXT PRIMARY KEY,
            learntAt INTEGER NOT NULL,
            supersededAt INTEGER
        ) STRICT;

        -- The organisation at Lago whose store this is.
        CREATE TABLE lagoOrganization (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            organization TEXT NOT NULL,
            name TEXT,
            apiUrl TEXT NOT NULL,
            learntAt INTEGER NOT NULL
        ) STRICT;

        -- Lago's wallets as last seen.
        CREATE TABLE wallet (
            id TEXT PRIMARY KEY,                -- lago_id
            customer TEXT NOT NULL,
            status TEXT NOT NULL,
            currency TEXT NOT NULL,
            balanceCents INTEGER NOT NULL,
            object BLOB NOT NULL,               -- the JSON object as Lago sent it
            seenAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX wallet_customer ON wallet (customer);

        -- What operators did.
        CREATE TABLE auditEntry (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT
        ) STRICT;

        -- Written to see whether the file can be written.
        CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
        """
}
