-- How approved clients authenticate, for when their documents cannot be fetched.
ALTER TABLE clients ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'none';
ALTER TABLE clients ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN jwks_uri TEXT NOT NULL DEFAULT '';

-- Client assertions that were used, until they end.
CREATE TABLE used_assertions (
    digest     TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);
