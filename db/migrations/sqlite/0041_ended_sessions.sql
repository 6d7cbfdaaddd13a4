-- Sessions that clients ended, as they were sealed: every replica refuses them. Times are Unix milliseconds.
CREATE TABLE ended_sessions (
    sealed   TEXT    PRIMARY KEY,
    ended_at INTEGER NOT NULL
);
CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);
