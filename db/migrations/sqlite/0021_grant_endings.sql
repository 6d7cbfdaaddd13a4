-- Tokens that downstream servers are still to be told to forget.
CREATE TABLE grant_revocations (
    id TEXT PRIMARY KEY,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    sealed BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
);
CREATE INDEX grant_revocations_next_at ON grant_revocations (next_at);

-- That a grant ends and cannot be renewed was said.
ALTER TABLE grants ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;
