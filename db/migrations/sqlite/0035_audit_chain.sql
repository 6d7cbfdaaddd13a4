-- What records gained: the client's version, the replica that the call went to, what the runtime
-- said went wrong, and its answer where the operator wants it kept.
ALTER TABLE audit_records ADD COLUMN client_version TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_records ADD COLUMN runtime TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_records ADD COLUMN error TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_records ADD COLUMN result TEXT NOT NULL DEFAULT '';

-- The link that tells how the record stands now.
ALTER TABLE audit_records ADD COLUMN replica TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_records ADD COLUMN seq INTEGER;
ALTER TABLE audit_records ADD COLUMN previous INTEGER;
ALTER TABLE audit_records ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX audit_records_by_link ON audit_records (replica, seq);

-- Links that tell of records as they were: superseded by a later link, or retired.
CREATE TABLE audit_links (
    replica   TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    record    INTEGER NOT NULL,
    previous  INTEGER NOT NULL,
    digest    BLOB    NOT NULL,
    hash      BLOB    NOT NULL,
    proof     BLOB,
    PRIMARY KEY (replica, seq)
);
CREATE INDEX audit_links_by_record ON audit_links (record);

CREATE TABLE audit_chains (
    replica     TEXT    PRIMARY KEY,
    number      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    record      INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    start_seq   INTEGER NOT NULL,
    start_hash  BLOB    NOT NULL,
    seal        BLOB    NOT NULL
);

CREATE TABLE audit_anchors (
    replica    TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    time       INTEGER NOT NULL,
    statement  TEXT    NOT NULL,
    PRIMARY KEY (replica, seq)
);
