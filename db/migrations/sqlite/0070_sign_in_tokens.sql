-- What sign-in providers issued to people whose sign-in is exchanged for accounts elsewhere, sealed. At most one per
-- person and provider; a version names one state of it.
CREATE TABLE sign_in_tokens (
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    sealed BLOB NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    PRIMARY KEY (user_id, provider)
);
