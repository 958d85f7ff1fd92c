-- Limits as tenants keep them: each version of a document for ever, and when which was in force. docs/limits.md.

CREATE TABLE holdfast.limit_version (
  tenant   smallint NOT NULL REFERENCES holdfast.tenant,
  -- What the rules are attached to: a number of LEVEL (ledger/limits/place.ts), and of the group, holder, account or card.
  level    smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
  entity   bigint NOT NULL CHECK (entity >= 0),
  version  integer NOT NULL CHECK (version > 0),
  document jsonb NOT NULL,
  -- As it was written, with its comments; null where it came as JSON.
  source   text,
  -- What it was compiled to when it was saved.
  program  text NOT NULL,
  -- Numbers by name of its rules and of those of the versions before.
  numbers  jsonb NOT NULL,
  author   text NOT NULL,
  note     text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, level, entity, version)
);

-- The last one tells what is in force.
CREATE TABLE holdfast.limit_promotion (
  tenant  smallint NOT NULL,
  level   smallint NOT NULL,
  entity  bigint NOT NULL,
  -- The command from which on it is so: its journal row, and its place among that row's.
  seq     bigint NOT NULL,
  entry   integer NOT NULL,
  -- Null: no rules.
  version integer,
  -- All of its rules are shadows.
  shadow  boolean NOT NULL,
  author  text NOT NULL,
  at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, level, entity, seq, entry),
  FOREIGN KEY (tenant) REFERENCES holdfast.tenant,
  FOREIGN KEY (tenant, level, entity, version) REFERENCES holdfast.limit_version
);

CREATE FUNCTION holdfast.refuse_limit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = format('%I.%I is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME);
END $$;

DO $$
DECLARE
  relation text;
BEGIN
  -- Roles belong to the whole server, where another database may have made it, at this moment even.
  IF to_regrole('holdfast_tenant_api') IS NULL THEN
    BEGIN
      CREATE ROLE holdfast_tenant_api NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING
          MESSAGE = format('the role holdfast_tenant_api is missing, and this user may not make it; an administrator '
            'can: CREATE ROLE holdfast_tenant_api NOLOGIN; GRANT holdfast_tenant_api TO %I', current_user);
    END;
  END IF;
  GRANT USAGE ON SCHEMA holdfast, holdfast_read TO holdfast_tenant_api;
  FOREACH relation IN ARRAY ARRAY['limit_version', 'limit_promotion'] LOOP
    EXECUTE format(
      'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON holdfast.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse_limit_change()',
      relation
    );
    EXECUTE format('ALTER TABLE holdfast.%I ENABLE ROW LEVEL SECURITY', relation);
    -- A programme's rules are its operator's, and no tenant's to see or set.
    EXECUTE format(
      'CREATE POLICY own_tenant ON holdfast.%I '
        'USING (tenant = holdfast_read.current_tenant() AND level > 0) '
        'WITH CHECK (tenant = holdfast_read.current_tenant() AND level > 0)',
      relation
    );
    EXECUTE format('GRANT SELECT, INSERT ON holdfast.%I TO holdfast_tenant_api', relation);
  END LOOP;
END $$;
