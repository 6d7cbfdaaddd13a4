-- People, named by (source, subject). Times are Unix milliseconds.
CREATE TABLE users (
    id              TEXT    PRIMARY KEY,
    source          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    name            TEXT    NOT NULL DEFAULT '',
    email           TEXT    NOT NULL DEFAULT '',
    email_verified  INTEGER NOT NULL DEFAULT 0,
    group_names     TEXT    NOT NULL DEFAULT '[]',
    disabled        INTEGER NOT NULL DEFAULT 0,
    password_hash   TEXT    NOT NULL DEFAULT '',
    -- What a local user may type to sign in, in lower case; NULL for everybody else.
    login           TEXT    UNIQUE,
    login_email     TEXT    UNIQUE,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, subject)
);
