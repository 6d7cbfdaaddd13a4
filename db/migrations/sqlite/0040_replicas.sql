-- Who writes to this store: each running gateway has a number of its own, which is part of the ids
-- of its records. Times are Unix milliseconds.
CREATE TABLE replicas (
    number  INTEGER PRIMARY KEY,
    owner   TEXT    NOT NULL UNIQUE,
    seen_at INTEGER NOT NULL
);
