-- Hosts whose clients an operator keeps out: of redirect URIs, or of client metadata documents.
-- `host` is lower case and may hold the wildcards * and ?.
CREATE TABLE client_blocks (
    kind       TEXT    NOT NULL,
    host       TEXT    NOT NULL,
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (kind, host)
);
