-- Records of calls and security events, in the order of their ids (time, writer, count).
CREATE TABLE audit_records (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    event       TEXT    NOT NULL DEFAULT '',
    request_id  TEXT    NOT NULL DEFAULT '',
    trace_id    TEXT    NOT NULL DEFAULT '',
    server      TEXT    NOT NULL DEFAULT '',
    user_id     TEXT    NOT NULL DEFAULT '',
    client      TEXT    NOT NULL DEFAULT '',
    connection  TEXT    NOT NULL DEFAULT '',
    client_ip   TEXT    NOT NULL DEFAULT '',
    revision    TEXT    NOT NULL DEFAULT '',
    method      TEXT    NOT NULL DEFAULT '',
    item        TEXT    NOT NULL DEFAULT '',
    effect      TEXT    NOT NULL DEFAULT '',
    rule        TEXT    NOT NULL DEFAULT '',
    reason      TEXT    NOT NULL DEFAULT '',
    arguments   TEXT    NOT NULL DEFAULT '',
    detail      TEXT    NOT NULL DEFAULT '',
    bytes_in    INTEGER NOT NULL DEFAULT 0,
    http_status INTEGER,
    rpc_code    INTEGER,
    is_error    INTEGER,
    duration_us INTEGER,
    runtime_us  INTEGER,
    bytes_out   INTEGER,
    last        INTEGER
);

-- How far each journal segment has been taken over.
CREATE TABLE journal_positions (
    segment   TEXT    PRIMARY KEY,
    position  INTEGER NOT NULL
);
