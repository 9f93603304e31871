extension Schema {
    /// What became of purchases, in words.
    static let outcomes = """
        -- What was said of it, as a provider's refusal.
        ALTER TABLE fact ADD COLUMN detail TEXT;
        """
}
