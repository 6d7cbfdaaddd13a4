-- Redirects to downstream authorization servers, by the digest of their state.
CREATE TABLE grant_legs (
    digest TEXT PRIMARY KEY,
    browser_digest TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    issuer_promised INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used INTEGER NOT NULL
);
CREATE INDEX grant_legs_expires_at ON grant_legs (expires_at);

-- Tokens received and sealed, not yet anybody's.
CREATE TABLE pending_grants (
    id TEXT PRIMARY KEY,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    renewable INTEGER NOT NULL,
    account_subject TEXT NOT NULL,
    account_email TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    token_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX pending_grants_expires_at ON pending_grants (expires_at);

-- The vault: one grant per user and server. An id names one life, a version one state of it.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    renewable INTEGER NOT NULL,
    account_subject TEXT NOT NULL,
    account_email TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    token_expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    UNIQUE (user_id, server)
);

-- The gateway's own dynamic registrations downstream.
CREATE TABLE downstream_clients (
    generation TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    retired INTEGER NOT NULL
);
CREATE INDEX downstream_clients_profile ON downstream_clients (profile, fingerprint);
