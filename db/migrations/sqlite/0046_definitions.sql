-- Servers, profiles, policies and budgets that were made through the admin API; the file's are not
-- here. Times are Unix milliseconds.
CREATE TABLE definitions (
    section    TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    -- The order in which they were made: policies are read in it.
    place      INTEGER NOT NULL,
    -- The object, sealed as a whole: it may hold secrets.
    box        BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (section, id)
);

-- One row: moves on with every change.
CREATE TABLE definitions_revision (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
);
INSERT INTO definitions_revision (one, revision) VALUES (1, 0);
