-- What callers used up, by budget, key and window, and who holds how much of it. Times are Unix
-- milliseconds.
CREATE TABLE budget_counts (
    budget       TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    window_end   INTEGER NOT NULL,
    -- All leases included, spent or not.
    used         INTEGER NOT NULL,
    warned       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (budget, account, window_start)
);
CREATE INDEX budget_counts_by_end ON budget_counts (window_end);

CREATE TABLE budget_leases (
    owner        TEXT    NOT NULL,
    id           INTEGER NOT NULL,
    budget       TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    window_end   INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX budget_leases_by_end ON budget_leases (window_end);

-- Slots of concurrent calls; free again when they expire.
CREATE TABLE budget_slots (
    owner      TEXT    NOT NULL,
    budget     TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (budget, account, owner)
);
CREATE INDEX budget_slots_by_owner ON budget_slots (owner);

-- What an operator stopped by hand. `name` is an id, `label` what the operator typed.
CREATE TABLE pauses (
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    label     TEXT    NOT NULL,
    paused_at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
);
