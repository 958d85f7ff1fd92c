-- The journal by ranges of sequence numbers, so that old ones can be archived whole. The rows that there are become
-- the first partition; the next ones are made ahead of the rows (ledger/partitions.ts), 2^22 sequence numbers each.
ALTER TABLE holdfast.journal RENAME TO journal_0;
ALTER INDEX holdfast.journal_pkey RENAME TO journal_0_pkey;
CREATE TABLE holdfast.journal (
  LIKE holdfast.journal_0 INCLUDING DEFAULTS INCLUDING STORAGE,
  PRIMARY KEY (tenant, seq)
) PARTITION BY RANGE (seq);
DO $$
DECLARE
  behind bigint;
BEGIN
  SELECT (coalesce(max(seq), 0) / 4194304 + 1) * 4194304 INTO behind FROM holdfast.journal_0;
  EXECUTE format(
    'ALTER TABLE holdfast.journal ATTACH PARTITION holdfast.journal_0 FOR VALUES FROM (MINVALUE) TO (%s)',
    behind
  );
END $$;

-- Where a journal was proved: what its rows up to seq give.
CREATE TABLE holdfast.checkpoint (
  tenant    smallint NOT NULL REFERENCES holdfast.tenant,
  seq       bigint NOT NULL,
  -- Time and hash of that row.
  at        timestamptz NOT NULL,
  hash      bytea NOT NULL CHECK (length(hash) = 32),
  -- SHA-256 over the whole state (docs/journal.md), in the layout of that version.
  digest    bytea NOT NULL CHECK (length(digest) = 32),
  version   smallint NOT NULL,
  -- Commands in all rows up to it.
  commands  bigint NOT NULL,
  proved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, seq)
);

-- What left the journal for a file.
CREATE TABLE holdfast.archive (
  tenant      smallint NOT NULL REFERENCES holdfast.tenant,
  first_seq   bigint NOT NULL,
  last_seq    bigint NOT NULL,
  -- Of the last row, which the first one of the table follows.
  last_hash   bytea NOT NULL CHECK (length(last_hash) = 32),
  last_at     timestamptz NOT NULL,
  file        text NOT NULL,
  -- SHA-256 of the file.
  digest      bytea NOT NULL CHECK (length(digest) = 32),
  archived_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, first_seq)
);
