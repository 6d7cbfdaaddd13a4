-- Stories of clients that tried to connect; the newest few thousand.
CREATE TABLE attempts (
    id          TEXT    PRIMARY KEY,
    updated_at  INTEGER NOT NULL,
    story       TEXT    NOT NULL
);
