-- How far each export has followed the chain of a replica.
CREATE TABLE export_positions (
    export   TEXT    NOT NULL,
    replica  TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (export, replica)
);
