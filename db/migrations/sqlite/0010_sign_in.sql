-- Redirects to identity providers, known by the digest of their state; and what lets people tell
-- their browser sessions apart.
CREATE TABLE sign_in_legs (
    digest          TEXT    PRIMARY KEY,
    browser_digest  TEXT    NOT NULL,
    transaction_id  TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    issuer          TEXT    NOT NULL,
    issuer_promised INTEGER NOT NULL,
    redirect_uri    TEXT    NOT NULL,
    -- PKCE verifier, nonce and token endpoint, sealed under the master key.
    sealed          BLOB    NOT NULL,
    expires_at      INTEGER NOT NULL,
    used            INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_legs_by_expiry ON sign_in_legs (expires_at);
CREATE INDEX sign_in_legs_by_transaction ON sign_in_legs (transaction_id);

ALTER TABLE browser_sessions ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN client_ip TEXT NOT NULL DEFAULT '';

-- When the person signed in here; a provider may have asked for the password long before.
ALTER TABLE signed_in ADD COLUMN signed_in_at INTEGER NOT NULL DEFAULT 0;
UPDATE signed_in SET signed_in_at = auth_time;

ALTER TABLE transactions ADD COLUMN acr_values TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN ui_locales TEXT NOT NULL DEFAULT '';
