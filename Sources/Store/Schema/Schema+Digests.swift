extension Schema {
    /// Mails that were held back and went out as one.
    static let digests = """
        -- The message that tells what this one would have; set where the state is digested.
        ALTER TABLE message ADD COLUMN digest INTEGER REFERENCES message (id);
        CREATE INDEX message_digest ON message (digest) WHERE digest IS NOT NULL;
        -- What an address was sent of late.
        CREATE INDEX message_sent ON message (recipient, sentAt) WHERE sentAt IS NOT NULL;
        """

    /// What waits for an address: asked before each optional mail and each alert. And the jobs of a mail, live or not, for
    /// who wants to see its attempts.
    static let waitingMail = """
        CREATE INDEX job_mail ON job (key) WHERE kind = 'mail';
        CREATE INDEX message_waiting ON message (recipient, kind) WHERE state = 'queued';
        """
}
