-- What a call cost, in units of the operator's table.
ALTER TABLE audit_records ADD COLUMN units INTEGER;
