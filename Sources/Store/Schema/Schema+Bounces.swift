extension Schema {
    /// Addresses that a mail provider's webhooks tell of.
    ///
    /// A check of a table cannot be changed, so the table is made anew.
    static let bounces = """
        ALTER TABLE suppression RENAME TO suppressionBefore;

        -- Addresses that get no mail, or none of a kind.
        CREATE TABLE suppression (
            address TEXT NOT NULL,              -- in lower case
            kind TEXT NOT NULL,                 -- '*' for every kind
            reason TEXT NOT NULL
                CHECK (reason IN ('unsubscribed', 'refused', 'bounced', 'complained', 'operator')),
            detail TEXT CHECK (length(detail) <= 500),  -- the words of who stopped it: a mail server, a provider
            at INTEGER NOT NULL,
            PRIMARY KEY (address, kind)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO suppression (address, kind, reason, detail, at)
        SELECT address, kind, reason, substr(detail, 1, 500), at FROM suppressionBefore;
        DROP TABLE suppressionBefore;
        """
}
