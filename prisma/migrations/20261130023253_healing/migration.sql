-- A refused secret is believed once the refusal has lasted.
ALTER TABLE account ADD COLUMN refused_since timestamptz(3);

-- A pull that succeeds makes the account's failed writes due.
ALTER TABLE booking_write ADD COLUMN retry_pull_since timestamptz(3);
CREATE INDEX booking_write_retry_pull_since_idx ON booking_write (account_id) WHERE retry_pull_since IS NOT NULL;

-- Writes that failed before this migration.
UPDATE booking_write SET retry_pull_since = now() WHERE status = 'FAILED' AND due_at IS NOT NULL;
