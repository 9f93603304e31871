extension Schema {
    /// Usage on its way to Lago.
    static let usage = """
        -- Each usage event from its acceptance until Lago has it, or it is given up; the number is their order.
        CREATE TABLE usageEvent (
            id INTEGER PRIMARY KEY,
            subscription TEXT NOT NULL,         -- the operator's id of it
            transactionId TEXT NOT NULL,        -- Lago's own key against doubles, within a subscription
            customer TEXT NOT NULL,             -- the operator's id: whose balance it moves
            content BLOB NOT NULL,              -- JSON: the event as it was sent
            isStamped INTEGER NOT NULL CHECK (isStamped IN (0, 1)),  -- it names no time: that of its acceptance counts
            acceptedAt INTEGER NOT NULL         -- Unix milliseconds
        ) STRICT;
        CREATE UNIQUE INDEX usageEvent_key ON usageEvent (subscription, transactionId);
        """
}
