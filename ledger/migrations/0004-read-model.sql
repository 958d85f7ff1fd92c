-- The read model: what the journals tell, as tables. Only the projector writes it, and the journals alone can make it
-- again; docs/read-model.md describes it. `seq` and `entry` name a command in a tenant's journal, amounts are minor
-- units, currencies ISO 4217 numbers.
CREATE SCHEMA holdfast_read;

-- The accounts of a book (docs/ledger.md). A balance above zero is money that the tenant owes.
CREATE TYPE holdfast_read.book_account AS ENUM
  ('cardholders', 'holds', 'settlement', 'fees', 'suspense', 'stand_in_debt', 'funding');

-- Up to which row of its journal a tenant's tables are filled; moved in the transaction that fills them.
CREATE TABLE holdfast_read.position (
  tenant smallint PRIMARY KEY REFERENCES holdfast.tenant,
  seq    bigint NOT NULL,
  -- Time of that row; null before the first.
  at     timestamptz
) WITH (fillfactor = 50);

CREATE TABLE holdfast_read.account (
  tenant    smallint NOT NULL,
  account   integer NOT NULL,
  currency  char(3) NOT NULL,
  overdraft bigint NOT NULL,
  posted    bigint NOT NULL,
  held      bigint NOT NULL CHECK (held >= 0),
  available bigint NOT NULL GENERATED ALWAYS AS (posted - held + overdraft) STORED,
  -- Stand-in debt: what others approved beyond what the account could pay.
  debt      bigint NOT NULL GENERATED ALWAYS AS (greatest(0, held - posted - overdraft)) STORED,
  -- The journal row that changed it last.
  as_of     bigint NOT NULL,
  PRIMARY KEY (tenant, account)
) WITH (fillfactor = 70);

CREATE TABLE holdfast_read.card (
  tenant   smallint NOT NULL,
  -- Its number in the ledger.
  card     integer NOT NULL,
  -- The first half of holdfast.card.hash.
  token    bytea NOT NULL CHECK (length(token) = 16),
  account  integer NOT NULL,
  -- YYMM
  expiry   char(4) NOT NULL,
  status   text NOT NULL,
  channels text[] NOT NULL,
  as_of    bigint NOT NULL,
  PRIMARY KEY (tenant, card)
);
CREATE INDEX ON holdfast_read.card (tenant, account);
CREATE INDEX ON holdfast_read.card (tenant, token);

-- A row for each message that was decided, and for each request that was undone since (kind void).
CREATE TABLE holdfast_read.authorisation (
  tenant           smallint NOT NULL,
  seq              bigint NOT NULL,
  entry            integer NOT NULL,
  at               timestamptz NOT NULL,
  kind             text NOT NULL,
  -- The message that it is about: of a reversal what it gives back, of a clearing its authorisation.
  original_seq     bigint,
  original_entry   integer,
  -- The message's key: class, DE11, DE7, DE32 (docs/journal.md).
  key              bytea NOT NULL CHECK (length(key) = 12),
  -- DE11, DE7, DE32
  stan             char(6) NOT NULL,
  transmitted      char(10) NOT NULL,
  acquirer         text NOT NULL,
  -- Null where the card is unknown.
  card             integer,
  account          integer,
  processing_code  char(6),
  -- DE18, DE22, DE37, DE41, DE42
  mcc              char(4),
  entry_mode       char(3),
  channel          text,
  rrn              text,
  terminal         text,
  merchant         text,
  amount           bigint,
  currency         char(3),
  cashback         bigint,
  -- Of a partial reversal: what stands of the amount.
  kept             bigint,
  -- What the account was held or charged by, or credited with; null where that is nothing.
  billed           bigint,
  billed_currency  char(3),
  rate             double precision,
  response_code    char(2) NOT NULL,
  approval_code    char(6),
  -- What the message said about itself, and what was out of the ordinary with it.
  flags            text[] NOT NULL,
  marks            text[] NOT NULL,
  PRIMARY KEY (tenant, at, seq, entry)
) PARTITION BY RANGE (at);
CREATE INDEX ON holdfast_read.authorisation (tenant, card, at, seq, entry) WHERE card IS NOT NULL;
CREATE INDEX ON holdfast_read.authorisation (tenant, original_seq, original_entry) WHERE original_seq IS NOT NULL;
CREATE INDEX ON holdfast_read.authorisation USING brin (seq) WITH (autosummarize = on);

-- A row for each authorisation that held, where it stands now; it goes by the name of its authorisation.
CREATE TABLE holdfast_read.hold (
  tenant     smallint NOT NULL,
  seq        bigint NOT NULL,
  entry      integer NOT NULL,
  at         timestamptz NOT NULL,
  -- The message's key: class, DE11, DE7, DE32 (docs/journal.md).
  key        bytea NOT NULL CHECK (length(key) = 12),
  card       integer NOT NULL,
  account    integer NOT NULL,
  currency   char(3) NOT NULL,
  billed     bigint NOT NULL,
  held       bigint NOT NULL CHECK (held >= 0),
  posted     bigint NOT NULL,
  status     text NOT NULL,
  expires_at timestamptz NOT NULL,
  as_of      bigint NOT NULL,
  PRIMARY KEY (tenant, seq, entry)
) WITH (fillfactor = 70);
CREATE INDEX ON holdfast_read.hold (tenant, account, seq, entry);

-- Double entry: money of one currency goes from one account of its book to another, and where that is a cardholder's,
-- `account` says whose.
CREATE TABLE holdfast_read.entry (
  tenant    smallint NOT NULL,
  seq       bigint NOT NULL,
  entry     integer NOT NULL,
  -- 1, 2, 3 … within the command.
  posting   integer NOT NULL,
  at        timestamptz NOT NULL,
  account   integer,
  from_book holdfast_read.book_account NOT NULL,
  to_book   holdfast_read.book_account NOT NULL CHECK (to_book <> from_book),
  currency  char(3) NOT NULL,
  amount    bigint NOT NULL CHECK (amount > 0),
  PRIMARY KEY (tenant, at, seq, entry, posting)
) PARTITION BY RANGE (at);
CREATE INDEX ON holdfast_read.entry (tenant, account, at, seq, entry, posting) WHERE account IS NOT NULL;
CREATE INDEX ON holdfast_read.entry USING brin (seq) WITH (autosummarize = on);

CREATE TABLE holdfast_read.book (
  tenant   smallint NOT NULL,
  currency char(3) NOT NULL,
  account  holdfast_read.book_account NOT NULL,
  balance  bigint NOT NULL,
  as_of    bigint NOT NULL,
  PRIMARY KEY (tenant, currency, account)
) WITH (fillfactor = 50);

-- Makes the partitions of a month (UTC, its first day) where they are missing. They are attached, not created in
-- place, so that whoever reads the others is not waited for.
CREATE FUNCTION holdfast_read.add_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text;
  part   text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('holdfast_read.add_month'));
  FOREACH parent IN ARRAY ARRAY['authorisation', 'entry'] LOOP
    part := parent || to_char(month, '_YYYY_MM');
    CONTINUE WHEN to_regclass('holdfast_read.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE holdfast_read.%I (LIKE holdfast_read.%I INCLUDING ALL)', part, parent);
    EXECUTE format(
      'ALTER TABLE holdfast_read.%I ATTACH PARTITION holdfast_read.%I FOR VALUES FROM (%L) TO (%L)',
      parent, part, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
    );
  END LOOP;
END $$;

-- Whose rows a reader sees: SET holdfast.tenant = '3'. Null, and so none, where it is not set.
CREATE FUNCTION holdfast_read.current_tenant() RETURNS smallint LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('holdfast.tenant', true), '')::smallint
$$;

-- A card as its holder knows it. The ledger knows no digit of a PAN, so those come from holdfast.card; a view goes by
-- its owner's rights, so it says by itself whose rows it shows.
CREATE INDEX ON holdfast.card (tenant, substr(hash, 1, 16));
CREATE VIEW holdfast_read.masked_card WITH (security_barrier) AS
  SELECT r.tenant, r.card, r.account, c.first6, c.last4, r.expiry, r.status, r.channels, r.as_of
  FROM holdfast_read.card r
  LEFT JOIN holdfast.card c ON c.tenant = r.tenant AND substr(c.hash, 1, 16) = r.token
  WHERE r.tenant = holdfast_read.current_tenant();

DO $$
DECLARE
  relation text;
BEGIN
  -- Roles belong to the whole server, where another database may have made it, at this moment even.
  IF to_regrole('holdfast_tenant_reader') IS NULL THEN
    BEGIN
      CREATE ROLE holdfast_tenant_reader NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING
          MESSAGE = 'the role holdfast_tenant_reader is missing, and this user may not make it; an administrator '
            'can: CREATE ROLE holdfast_tenant_reader NOLOGIN';
    END;
  END IF;
  GRANT USAGE ON SCHEMA holdfast_read TO holdfast_tenant_reader;
  -- Not on the partitions, which have no policies of their own.
  FOREACH relation IN ARRAY ARRAY['position', 'account', 'card', 'authorisation', 'hold', 'entry', 'book'] LOOP
    EXECUTE format('ALTER TABLE holdfast_read.%I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format(
      'CREATE POLICY own_tenant ON holdfast_read.%I FOR SELECT USING (tenant = holdfast_read.current_tenant())',
      relation
    );
    EXECUTE format('GRANT SELECT ON holdfast_read.%I TO holdfast_tenant_reader', relation);
  END LOOP;
  GRANT SELECT ON holdfast_read.masked_card TO holdfast_tenant_reader;
END $$;
