-- Each begins a walk from the newest record backwards, for one filter. What nearly every record has
-- in common needs none: there the primary key serves.
CREATE INDEX audit_records_by_server ON audit_records (server, id);
CREATE INDEX audit_records_by_user ON audit_records (user_id, id);
CREATE INDEX audit_records_by_item ON audit_records (item, id) WHERE item <> '';
CREATE INDEX audit_records_by_client ON audit_records (client, id) WHERE client <> '';
CREATE INDEX audit_records_by_request ON audit_records (request_id) WHERE request_id <> '';
CREATE INDEX audit_records_by_event ON audit_records (event, id) WHERE event <> '';
CREATE INDEX audit_records_by_refusal ON audit_records (effect, id) WHERE effect <> '' AND effect <> 'allow';
CREATE INDEX audit_records_failed ON audit_records (id) WHERE (http_status >= 400 OR rpc_code IS NOT NULL OR is_error = 1);
CREATE INDEX audit_records_events ON audit_records (id) WHERE kind = 'event';
CREATE INDEX audit_records_open ON audit_records (id) WHERE kind = 'call' AND (last IS NULL OR last = 0);
