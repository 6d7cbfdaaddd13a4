-- Links to /connect that were used, by digest, until they end.
CREATE TABLE used_connect_links (
    digest TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE INDEX used_connect_links_expires_at ON used_connect_links (expires_at);
