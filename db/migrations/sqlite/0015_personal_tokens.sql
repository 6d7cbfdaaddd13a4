-- Personal access tokens: connections that no client asked for. Known by their digests only.
CREATE TABLE personal_tokens (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    digest        TEXT NOT NULL UNIQUE,
    tools         TEXT NOT NULL
);

-- At most one row, whose version grows with every new token, so that replicas read them again only
-- then.
CREATE TABLE personal_token_changes (
    id      INTEGER PRIMARY KEY,
    version INTEGER NOT NULL
);
