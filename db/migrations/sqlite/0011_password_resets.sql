-- Links with which people choose a new password, known by the digest of their token.
CREATE TABLE password_resets (
    user_id    TEXT    PRIMARY KEY,
    digest     TEXT    NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
);
