-- The path of a person through the pages. Times are Unix milliseconds.
CREATE TABLE browser_sessions (
    digest       TEXT    PRIMARY KEY,
    last_used_at INTEGER NOT NULL
);
CREATE INDEX browser_sessions_by_use ON browser_sessions (last_used_at);

CREATE TABLE signed_in (
    session   TEXT    NOT NULL REFERENCES browser_sessions (digest) ON DELETE CASCADE,
    source    TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    auth_time INTEGER NOT NULL,
    PRIMARY KEY (session, source)
);
CREATE INDEX signed_in_by_user ON signed_in (user_id);

CREATE TABLE transactions (
    id             TEXT    PRIMARY KEY,
    purpose        INTEGER NOT NULL,
    stage          INTEGER NOT NULL,
    browser_digest TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    client_id      TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    code_challenge TEXT    NOT NULL,
    login_hint     TEXT    NOT NULL,
    state          TEXT,
    asked_scopes   TEXT    NOT NULL,
    prompts        INTEGER NOT NULL,
    max_age        INTEGER,
    server         TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
);
CREATE INDEX transactions_by_expiry ON transactions (expires_at);
CREATE INDEX transactions_by_source ON transactions (source, created_at);

CREATE TABLE consents (
    user_id       TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    redirect_host TEXT    NOT NULL,
    scopes        TEXT    NOT NULL,
    given_at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, server, redirect_host)
);
