-- An independent check of the journals, by Postgres alone:  psql "$DATABASE_URL" -f audit.sql
-- It reads holdfast.journal, computes every hash anew, and lists each row that does not fit the one before it.
-- No row in the answer: sequence and hash chain of every tenant are whole, from the end of what was archived on, which
-- holdfast.archive tells. docs/journal.md has the layout.

WITH archived AS (
  SELECT DISTINCT ON (tenant) tenant, last_seq, last_hash, last_at FROM holdfast.archive ORDER BY tenant, last_seq DESC
), chained AS (
  SELECT
    j.tenant,
    j.seq,
    j.previous_hash,
    j.hash,
    coalesce(lag(j.seq) OVER tenant_rows, a.last_seq) AS seq_before,
    coalesce(lag(j.hash) OVER tenant_rows, a.last_hash) AS hash_before,
    coalesce(lag(j.at) OVER tenant_rows, a.last_at) AS at_before,
    j.at,
    lag(j.epoch) OVER tenant_rows AS epoch_before,
    j.epoch,
    sha256(
      j.previous_hash
      || int2send(j.tenant)
      || int8send(j.seq)
      || int8send(j.epoch)
      || int8send((extract(epoch FROM j.at) * 1000)::bigint)
      || j.body
    ) AS computed
  FROM holdfast.journal j
  LEFT JOIN archived a ON a.tenant = j.tenant
  WINDOW tenant_rows AS (PARTITION BY j.tenant ORDER BY j.seq)
)
SELECT
  coalesce(t.name, 'tenant ' || c.tenant) AS tenant,
  c.seq,
  concat_ws(', ',
    CASE WHEN c.seq <> coalesce(c.seq_before, 0) + 1 THEN 'the row before it is missing' END,
    CASE WHEN c.previous_hash <> coalesce(c.hash_before, decode(repeat('00', 32), 'hex'))
      THEN 'it follows another row' END,
    CASE WHEN c.hash <> c.computed THEN 'it is not what it was when it was written' END,
    CASE WHEN c.at < c.at_before THEN 'it is older than the row before it' END,
    CASE WHEN c.epoch < c.epoch_before THEN 'it is of an epoch that was over' END
  ) AS fault
FROM chained c
LEFT JOIN holdfast.tenant t ON t.id = c.tenant
WHERE c.seq <> coalesce(c.seq_before, 0) + 1
  OR c.previous_hash <> coalesce(c.hash_before, decode(repeat('00', 32), 'hex'))
  OR c.hash <> c.computed
  OR c.at < c.at_before
  OR c.epoch < c.epoch_before
ORDER BY 1, 2;
