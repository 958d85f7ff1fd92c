-- An independent check of the journals, by Postgres alone:  psql "$DATABASE_URL" -f audit.sql
-- It reads holdfast.journal, computes every hash anew, and lists each row that does not fit the one before it.
-- Then it looks whether the balances in the read model (docs/read-model.md) are those that its own postings and holds
-- add up to.
-- No row in the answer: sequence and hash chain of every tenant are whole, from the end of what was archived on, which
-- holdfast.archive tells, and the read model is at one with itself. docs/journal.md has the layout.

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
    isfinite(j.at) AND j.at = date_trunc('milliseconds', j.at) AS whole_ms,
    lag(j.epoch) OVER tenant_rows AS epoch_before,
    j.epoch,
    sha256(
      j.previous_hash
      || int2send(j.tenant)
      || int8send(j.seq)
      || int8send(j.epoch)
      || int8send(CASE WHEN isfinite(j.at) THEN (extract(epoch FROM j.at) * 1000)::bigint END)
      || j.body
    ) AS computed
  FROM holdfast.journal j
  LEFT JOIN archived a ON a.tenant = j.tenant
  WINDOW tenant_rows AS (PARTITION BY j.tenant ORDER BY j.seq)
),
-- What went from one account of a book to another, all in all.
flow AS (
  SELECT tenant, currency, account, from_book, to_book, sum(amount) AS amount
  FROM holdfast_read.entry
  GROUP BY tenant, currency, account, from_book, to_book
),
leg AS (
  SELECT tenant, currency, account, from_book AS book, to_book AS other, -amount AS amount FROM flow
  UNION ALL
  SELECT tenant, currency, account, to_book, from_book, amount FROM flow
),
entered AS (
  SELECT tenant, account,
    coalesce(sum(amount) FILTER (WHERE book = 'cardholders' AND other NOT IN ('holds', 'stand_in_debt')), 0) AS posted,
    coalesce(sum(amount) FILTER (WHERE book = 'holds'), 0) AS held
  FROM leg
  WHERE account IS NOT NULL
  GROUP BY tenant, account
),
holding AS (
  SELECT tenant, account, sum(held) AS held FROM holdfast_read.hold GROUP BY tenant, account
),
booked AS (
  SELECT tenant, currency, book AS account, sum(amount) AS balance FROM leg GROUP BY tenant, currency, book
),
fault AS (
  SELECT
    c.tenant,
    c.seq,
    concat_ws(', ',
      CASE WHEN c.seq <> coalesce(c.seq_before, 0) + 1 THEN 'the row before it is missing' END,
      CASE WHEN c.previous_hash <> coalesce(c.hash_before, decode(repeat('00', 32), 'hex'))
        THEN 'it follows another row' END,
      CASE WHEN c.hash <> c.computed THEN 'it is not what it was when it was written' END,
      CASE WHEN NOT c.whole_ms THEN 'it has a wrong time' END,
      CASE WHEN c.at < c.at_before THEN 'it is older than the row before it' END,
      CASE WHEN c.epoch < c.epoch_before THEN 'it is of an epoch that was over' END
    ) AS fault
  FROM chained c
  WHERE c.seq <> coalesce(c.seq_before, 0) + 1
    OR c.previous_hash <> coalesce(c.hash_before, decode(repeat('00', 32), 'hex'))
    OR c.hash <> c.computed
    OR NOT c.whole_ms
    OR c.at < c.at_before
    OR c.epoch < c.epoch_before
  UNION ALL
  SELECT
    coalesce(a.tenant, e.tenant, h.tenant),
    a.as_of,
    'read model, account ' || coalesce(a.account, e.account, h.account) || ': ' || concat_ws(', ',
      CASE WHEN a.account IS NULL THEN 'it is missing' END,
      CASE WHEN a.posted <> coalesce(e.posted, 0)
        THEN a.posted || ' is posted, its entries come to ' || coalesce(e.posted, 0) END,
      CASE WHEN a.held <> coalesce(e.held, 0)
        THEN a.held || ' is held, its entries come to ' || coalesce(e.held, 0) END,
      CASE WHEN a.held <> coalesce(h.held, 0)
        THEN a.held || ' is held, its holds come to ' || coalesce(h.held, 0) END
    )
  FROM holdfast_read.account a
  FULL JOIN entered e ON e.tenant = a.tenant AND e.account = a.account
  FULL JOIN holding h ON h.tenant = coalesce(a.tenant, e.tenant) AND h.account = coalesce(a.account, e.account)
  WHERE a.account IS NULL
    OR a.posted <> coalesce(e.posted, 0)
    OR a.held <> coalesce(e.held, 0)
    OR a.held <> coalesce(h.held, 0)
  UNION ALL
  SELECT
    coalesce(b.tenant, e.tenant),
    b.as_of,
    'read model, book ' || coalesce(b.currency, e.currency) || ', ' || coalesce(b.account, e.account)
      || ': the balance is ' || coalesce(b.balance::text, 'missing')
      || ', its entries come to ' || coalesce(e.balance, 0)
  FROM holdfast_read.book b
  FULL JOIN booked e ON e.tenant = b.tenant AND e.currency = b.currency AND e.account = b.account
  WHERE b.balance IS DISTINCT FROM coalesce(e.balance, 0)
  UNION ALL
  SELECT tenant, max(as_of), 'read model, book ' || currency || ': its balances sum to ' || sum(balance) || ', not to 0'
  FROM holdfast_read.book
  GROUP BY tenant, currency
  HAVING sum(balance) <> 0
  UNION ALL
  SELECT p.tenant, p.seq, 'read model: it goes up to this row, which the journal does not have'
  FROM holdfast_read.position p
  LEFT JOIN archived a ON a.tenant = p.tenant
  WHERE p.seq > coalesce(a.last_seq, 0)
    AND NOT EXISTS (SELECT FROM holdfast.journal j WHERE j.tenant = p.tenant AND j.seq = p.seq)
)
SELECT coalesce(t.name, 'tenant ' || f.tenant) AS tenant, coalesce(f.seq, p.seq) AS seq, f.fault
FROM fault f
LEFT JOIN holdfast.tenant t ON t.id = f.tenant
LEFT JOIN holdfast_read.position p ON p.tenant = f.tenant
ORDER BY 1, 2, 3;
