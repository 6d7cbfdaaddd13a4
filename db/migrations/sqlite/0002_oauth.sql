-- The authorization server. Codes and tokens are known by their digests only; times are Unix
-- milliseconds.
CREATE TABLE authorization_codes (
    digest         TEXT    PRIMARY KEY,
    client_id      TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    code_challenge TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    server         TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    connection_id  TEXT    NOT NULL,
    auth_time      INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    used           INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

CREATE TABLE connections (
    id            TEXT    PRIMARY KEY,
    user_id       TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    client_name   TEXT    NOT NULL DEFAULT '',
    origin        TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    redirect_host TEXT    NOT NULL DEFAULT '',
    scopes        TEXT    NOT NULL DEFAULT '',
    auth_time     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked_at    INTEGER
);
CREATE INDEX connections_by_user ON connections (user_id, server);
CREATE INDEX connections_by_revocation ON connections (revoked_at);

CREATE TABLE refresh_tokens (
    digest           TEXT    PRIMARY KEY,
    connection_id    TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    issued_at        INTEGER NOT NULL,
    retired_at       INTEGER,
    successor_digest TEXT    NOT NULL DEFAULT '',
    -- The successor, sealed under a key that only its predecessor yields; NULL once grace is over.
    successor_box    BLOB
);
CREATE INDEX refresh_tokens_by_connection ON refresh_tokens (connection_id);
CREATE INDEX refresh_tokens_by_grace ON refresh_tokens (retired_at) WHERE successor_box IS NOT NULL;

-- Access tokens revoked alone, until they would have expired.
CREATE TABLE revoked_tokens (
    jti        TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

-- Keys sealed under the master key.
CREATE TABLE sealed_keys (
    id         TEXT    PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    box        BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    sign_from  INTEGER NOT NULL
);

-- Clients that somebody approved at least once.
CREATE TABLE clients (
    origin        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    name          TEXT    NOT NULL DEFAULT '',
    client_uri    TEXT    NOT NULL DEFAULT '',
    redirect_uris TEXT    NOT NULL DEFAULT '[]',
    disabled      INTEGER NOT NULL DEFAULT 0,
    first_seen_at INTEGER NOT NULL,
    PRIMARY KEY (origin, id)
);
