extension Schema {
    /// What the API knows of Lago beside the mirrors: answers as last received, and wallets as last looked at.
    ///
    /// Times are Unix milliseconds.
    static let answers = """
        -- Lago's answers to reads of the API, for when Lago is away. Bounded: the oldest go.
        CREATE TABLE lagoAnswer (
            id INTEGER PRIMARY KEY,
            request TEXT NOT NULL UNIQUE,       -- path and query
            customer TEXT,                      -- whose it is; NULL where it is nobody's in particular
            body BLOB NOT NULL,                 -- JSON, byte for byte
            readAt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX lagoAnswer_customer ON lagoAnswer (customer);

        -- What a wallet is worth once the usage that is not billed yet is taken off, by the last look.
        ALTER TABLE wallet ADD COLUMN liveCents INTEGER;    -- in the currency's smallest unit as Lago counts it
        ALTER TABLE wallet ADD COLUMN liveCredits TEXT;     -- a decimal
        ALTER TABLE wallet ADD COLUMN liveAt INTEGER;
        """
}
