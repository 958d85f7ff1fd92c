-- What tenants are told as events; docs/events.md describes them. What the messages tell stands in
-- holdfast_read.authorisation already, so here is only what the journal tells beside them.
CREATE TABLE holdfast_read.event (
  tenant      smallint NOT NULL,
  seq         bigint NOT NULL,
  entry       integer NOT NULL,
  -- 1, 2, 3 … within the command.
  ordinal     integer NOT NULL CHECK (ordinal > 0),
  at          timestamptz NOT NULL,
  -- As 'hold.expired'.
  type        text NOT NULL,
  card        integer,
  account     integer,
  amount      bigint,
  currency    char(3),
  -- The authorisation that it is about.
  about_seq   bigint,
  about_entry integer,
  -- What only events of its type have; json keeps the bytes, by which rows are compared.
  detail      json,
  PRIMARY KEY (tenant, at, seq, entry, ordinal)
) PARTITION BY RANGE (at);
CREATE INDEX ON holdfast_read.event (tenant, card, at, seq, entry, ordinal) WHERE card IS NOT NULL;
CREATE INDEX ON holdfast_read.event USING brin (seq) WITH (autosummarize = on);

-- The same as before, with one table more; those months that the others have already get it too.
CREATE OR REPLACE FUNCTION holdfast_read.add_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text;
  part   text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('holdfast_read.add_month'));
  FOREACH parent IN ARRAY ARRAY['authorisation', 'entry', 'event'] LOOP
    part := parent || to_char(month, '_YYYY_MM');
    CONTINUE WHEN to_regclass('holdfast_read.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE holdfast_read.%I (LIKE holdfast_read.%I INCLUDING ALL)', part, parent);
    EXECUTE format(
      'ALTER TABLE holdfast_read.%I ATTACH PARTITION holdfast_read.%I FOR VALUES FROM (%L) TO (%L)',
      parent, part, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
    );
  END LOOP;
END $$;

-- How far the tables were filled before they were emptied last: events are never told before what was told already.
ALTER TABLE holdfast_read.position
  ADD high    bigint NOT NULL DEFAULT 0,
  ADD high_at timestamptz;
UPDATE holdfast_read.position SET high = seq, high_at = at;
CREATE FUNCTION holdfast_read.keep_high() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq >= NEW.high THEN
    NEW.high := NEW.seq;
    NEW.high_at := NEW.at;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_high BEFORE UPDATE ON holdfast_read.position
  FOR EACH ROW EXECUTE FUNCTION holdfast_read.keep_high();

-- Events that no journal tells: of a quarantine, of an endpoint. Each has its place behind the journal row up to which the
-- tables were filled when it came.
CREATE TABLE holdfast.notice (
  tenant     smallint NOT NULL REFERENCES holdfast.tenant,
  id         integer GENERATED ALWAYS AS IDENTITY,
  seq        bigint NOT NULL,
  -- Of that journal row.
  at         timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  type       text NOT NULL,
  -- The only one that is told; all where it is null.
  endpoint   uuid,
  detail     jsonb NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX ON holdfast.notice (tenant, at, seq, id);

-- Adds a notice for the tenant that is set. The position is locked until it is committed: so whoever read on to that
-- journal row finds the notice behind it, and the next row only behind the notice.
CREATE FUNCTION holdfast.add_notice(type text, endpoint uuid, detail jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  told  smallint := holdfast_read.current_tenant();
  place record;
  added integer;
BEGIN
  INSERT INTO holdfast_read.position (tenant, seq) VALUES (told, 0) ON CONFLICT DO NOTHING;
  SELECT p.high, coalesce(p.high_at, to_timestamp(0)) AS high_at INTO place
  FROM holdfast_read.position p WHERE p.tenant = told FOR UPDATE;
  INSERT INTO holdfast.notice (tenant, seq, at, type, endpoint, detail)
  VALUES (told, place.high, place.high_at, type, endpoint, detail) RETURNING id INTO added;
  RETURN added;
END $$;
REVOKE EXECUTE ON FUNCTION holdfast.add_notice FROM PUBLIC;

CREATE TABLE holdfast.webhook_endpoint (
  tenant         smallint NOT NULL REFERENCES holdfast.tenant,
  id             uuid NOT NULL DEFAULT gen_random_uuid(),
  url            text NOT NULL,
  description    text NOT NULL,
  -- Null: all.
  types          text[],
  -- Why nothing is sent to it; null where it is enabled.
  disabled       text CHECK (disabled IN ('asked', 'gone', 'failing')),
  -- Signing secrets, encrypted; the one before the last is used beside it for a while.
  secret         bytea NOT NULL,
  old_secret     bytea,
  old_secret_until timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  -- The last event that became a delivery: time, row, entry, ordinal.
  at             timestamptz NOT NULL,
  seq            bigint NOT NULL,
  entry          integer NOT NULL,
  ordinal        integer NOT NULL,
  -- Since when every attempt has failed.
  failing_since  timestamptz,
  -- Raised by whoever changes what a sender keeps in mind.
  revision       bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 50);

-- What is to be sent to an endpoint, in the order of the events, and what has become of it.
CREATE TABLE holdfast.webhook_delivery (
  tenant      smallint NOT NULL,
  endpoint    uuid NOT NULL,
  id          uuid NOT NULL DEFAULT gen_random_uuid(),
  at          timestamptz NOT NULL,
  seq         bigint NOT NULL,
  entry       integer NOT NULL,
  ordinal     integer NOT NULL,
  type        text NOT NULL,
  -- Deliveries of one lane (a card) go one after another; null goes by itself.
  lane        bigint,
  event       text NOT NULL,
  -- What is sent, byte by byte the same at every attempt.
  body        text NOT NULL,
  state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts    integer NOT NULL DEFAULT 0,
  next_at     timestamptz NOT NULL DEFAULT now(),
  -- Of the last attempt: when, its HTTP status, what went wrong.
  attempted_at timestamptz,
  status      smallint,
  error       text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, endpoint, at, seq, entry, ordinal),
  FOREIGN KEY (tenant, endpoint) REFERENCES holdfast.webhook_endpoint ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX ON holdfast.webhook_delivery (tenant, id);
CREATE INDEX ON holdfast.webhook_delivery (tenant, endpoint, at, seq, entry, ordinal) WHERE state = 'pending';
CREATE INDEX ON holdfast.webhook_delivery (tenant, endpoint, at, seq, entry, ordinal) WHERE state = 'dead';
CREATE INDEX ON holdfast.webhook_delivery USING brin (created_at) WITH (autosummarize = on);

DO $$
DECLARE
  relation text;
  day      date;
BEGIN
  -- Tables that were filled already have partitions of these months.
  FOR day IN
    SELECT DISTINCT to_date(right(c.relname, 7), 'YYYY_MM')
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'holdfast_read.authorisation'::regclass
  LOOP
    PERFORM holdfast_read.add_month(day);
  END LOOP;
  ALTER TABLE holdfast_read.event ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own_tenant ON holdfast_read.event FOR SELECT USING (tenant = holdfast_read.current_tenant());
  GRANT SELECT ON holdfast_read.event TO holdfast_tenant_reader, holdfast_tenant_api;
  FOREACH relation IN ARRAY ARRAY['notice', 'webhook_endpoint', 'webhook_delivery'] LOOP
    EXECUTE format('ALTER TABLE holdfast.%I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format(
      'CREATE POLICY own_tenant ON holdfast.%I USING (tenant = holdfast_read.current_tenant()) '
        'WITH CHECK (tenant = holdfast_read.current_tenant())',
      relation
    );
  END LOOP;
  GRANT SELECT ON holdfast.notice TO holdfast_tenant_api;
  GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.webhook_endpoint, holdfast.webhook_delivery TO holdfast_tenant_api;
  GRANT EXECUTE ON FUNCTION holdfast.add_notice TO holdfast_tenant_api;
END $$;
