-- What the tenants' HTTP API keeps; docs/api.md describes it. Whatever it does for a tenant it does as
-- holdfast_tenant_api, to which row-level security shows the rows of the tenant that is set, and no others.

-- The name of a card in the API: says nothing, and can't be guessed.
ALTER TABLE holdfast.card
  ADD id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD created_at timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX ON holdfast.card (id);
CREATE INDEX ON holdfast.card (tenant, created_at, id);
CREATE INDEX ON holdfast.card (tenant, account);

CREATE OR REPLACE VIEW holdfast_read.masked_card WITH (security_barrier) AS
  SELECT r.tenant, r.card, r.account, c.first6, c.last4, r.expiry, r.status, r.channels, r.as_of, c.id
  FROM holdfast_read.card r
  LEFT JOIN holdfast.card c ON c.tenant = r.tenant AND substr(c.hash, 1, 16) = r.token
  WHERE r.tenant = holdfast_read.current_tenant();

-- Encrypts numbers of the ledger (accounts, journal rows) into names that say nothing; one row, made here.
CREATE TABLE holdfast.api_secret (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO holdfast.api_secret (key)
VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

CREATE TABLE holdfast.api_key (
  id           text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
  -- Null of an operator's.
  tenant       smallint REFERENCES holdfast.tenant,
  role         text NOT NULL CHECK (role IN ('read', 'cards', 'limits', 'funds', 'admin', 'operator')),
  name         text NOT NULL,
  -- SHA-256 of its secret, which has 256 random bits.
  hash         bytea NOT NULL CHECK (length(hash) = 32),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  -- Written once in a while, not at each use.
  last_used_at timestamptz,
  revoked_at   timestamptz,
  CHECK ((role = 'operator') = (tenant IS NULL))
);
CREATE INDEX ON holdfast.api_key (tenant, created_at, id);

-- The response to a request that was sent with an Idempotency-Key.
CREATE TABLE holdfast.idempotency (
  tenant        smallint NOT NULL REFERENCES holdfast.tenant,
  -- SHA-256 of the key.
  key_hash      bytea NOT NULL CHECK (length(key_hash) = 32),
  -- SHA-256 of method, path and body.
  fingerprint   bytea NOT NULL CHECK (length(fingerprint) = 32),
  -- What is random in the request: the same when it is carried on.
  seed          bytea NOT NULL CHECK (length(seed) = 32),
  -- What the request noted before it asked the ledger.
  note          jsonb,
  -- The try that carries it on, whose process has sessions of that name, and until when no other may.
  claim         bytea NOT NULL,
  session       text NOT NULL,
  claimed_until timestamptz NOT NULL,
  -- Null while there is no response.
  status        smallint,
  -- Encrypted under the key: it may hold what is shown once.
  body          bytea,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, key_hash)
);
CREATE INDEX ON holdfast.idempotency (created_at);
CREATE INDEX ON holdfast.idempotency (session) WHERE status IS NULL;

-- The accounts of the ledger that belong to a request.
CREATE TABLE holdfast.opened_account (
  tenant    smallint NOT NULL REFERENCES holdfast.tenant,
  account   integer NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(),
  -- Comes from the seed of its request; null where that had no Idempotency-Key.
  request   bytea,
  PRIMARY KEY (tenant, account),
  UNIQUE (tenant, request)
);

CREATE TABLE holdfast.audit (
  tenant     smallint NOT NULL REFERENCES holdfast.tenant,
  id         bigint GENERATED ALWAYS AS IDENTITY,
  at         timestamptz NOT NULL DEFAULT now(),
  key_id     text NOT NULL,
  -- What was done, as 'card.created'.
  action     text NOT NULL,
  method     text NOT NULL,
  -- Name of what it was done to.
  resource   text NOT NULL,
  changes    jsonb NOT NULL,
  request_id text NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE FUNCTION holdfast.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = format('%I.%I is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON holdfast.audit
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse_change();

DO $$
DECLARE
  relation text;
BEGIN
  -- Whoever is to become it must be its member; all but the API does without.
  BEGIN
    EXECUTE format('GRANT holdfast_tenant_api TO %I', current_user);
  EXCEPTION
    WHEN insufficient_privilege THEN
      RAISE WARNING 'the API needs: GRANT holdfast_tenant_api TO %; an administrator can', quote_ident(current_user);
  END;
  GRANT USAGE ON SCHEMA holdfast, holdfast_read TO holdfast_tenant_api;
  FOREACH relation IN ARRAY ARRAY['position', 'account', 'card', 'authorisation', 'hold', 'entry', 'book', 'masked_card'] LOOP
    EXECUTE format('GRANT SELECT ON holdfast_read.%I TO holdfast_tenant_api', relation);
  END LOOP;
  FOREACH relation IN ARRAY ARRAY['card', 'api_key', 'idempotency', 'opened_account', 'audit'] LOOP
    EXECUTE format('ALTER TABLE holdfast.%I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format(
      'CREATE POLICY own_tenant ON holdfast.%I USING (tenant = holdfast_read.current_tenant()) '
        'WITH CHECK (tenant = holdfast_read.current_tenant())',
      relation
    );
    EXECUTE format('GRANT SELECT, INSERT ON holdfast.%I TO holdfast_tenant_api', relation);
  END LOOP;
  GRANT UPDATE ON holdfast.api_key, holdfast.idempotency TO holdfast_tenant_api;
  GRANT UPDATE (account, expiry) ON holdfast.card TO holdfast_tenant_api;
  GRANT DELETE ON holdfast.idempotency TO holdfast_tenant_api;
END $$;
