extension Schema {
    /// Buying at somebody's request: once, however often it is asked for.
    static let purchases = """
        -- Requests to the API that change something, and what was answered, for whoever sends one of them again.
        CREATE TABLE apiRequest (
            id INTEGER PRIMARY KEY,
            principal TEXT NOT NULL,            -- who asked
            key TEXT NOT NULL,                  -- its Idempotency-Key; behind a blank, what a purchase without one buys
            fingerprint TEXT NOT NULL,          -- of method, path, query and body
            intent TEXT NOT NULL,               -- a UUID: what it creates is named for it
            begunAt INTEGER NOT NULL,           -- Unix milliseconds
            answeredAt INTEGER,                 -- NULL until there is an answer to give again
            status INTEGER,
            headers TEXT,                       -- JSON: an object
            body BLOB
        ) STRICT;
        CREATE UNIQUE INDEX apiRequest_key ON apiRequest (principal, key);
        CREATE INDEX apiRequest_begunAt ON apiRequest (begunAt);

        -- When its caller asked for a purchase last.
        ALTER TABLE topUp ADD COLUMN askedAt INTEGER;
        -- JSON: members of Lago's that go along with a purchase, as its name.
        ALTER TABLE topUp ADD COLUMN extras TEXT;
        -- JSON: Lago's words, where it refused one.
        ALTER TABLE topUp ADD COLUMN refusal TEXT;
        """
}
