-- Servers whose tools were seen: what was there first counts as approved.
CREATE TABLE tool_baselines (
    server  TEXT    NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL
);

-- Each shape in which a tool was seen, by a digest of all that says what it does.
CREATE TABLE tool_sightings (
    server        TEXT    NOT NULL,
    tool          TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    approved_at   INTEGER,
    PRIMARY KEY (server, tool, digest)
);
