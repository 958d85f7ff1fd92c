-- Limits and back-tests as the API keeps them; docs/limits.md and docs/api.md.

-- What people call the group of cards that a version is for.
ALTER TABLE holdfast.limit_version ADD label text;
CREATE INDEX ON holdfast.limit_version (tenant, at, level, entity, version);

-- Whose rule a number is, by which decisions name it.
CREATE TABLE holdfast.limit_rule (
  tenant smallint NOT NULL REFERENCES holdfast.tenant,
  number bigint NOT NULL,
  level  smallint NOT NULL,
  entity bigint NOT NULL,
  name   text NOT NULL,
  PRIMARY KEY (tenant, number)
);
INSERT INTO holdfast.limit_rule (tenant, number, level, entity, name)
SELECT DISTINCT tenant, value::bigint, level, entity, key
FROM holdfast.limit_version CROSS JOIN jsonb_each_text(numbers);

CREATE TABLE holdfast.back_test (
  tenant     smallint NOT NULL REFERENCES holdfast.tenant,
  id         uuid NOT NULL,
  level      smallint NOT NULL,
  entity     bigint NOT NULL,
  version    integer NOT NULL,
  -- What was asked for: from, to, warm_up_from.
  stretch    jsonb NOT NULL,
  status     text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  progress   jsonb,
  result     jsonb,
  -- Why it failed, in words.
  error      text,
  -- Of the process that does it: when that has no session any more, it will never end.
  session    text NOT NULL,
  author     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, level, entity, version) REFERENCES holdfast.limit_version
);
CREATE INDEX ON holdfast.back_test (tenant, created_at, id);
CREATE INDEX ON holdfast.back_test (session) WHERE ended_at IS NULL;

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['limit_rule', 'back_test'] LOOP
    EXECUTE format('ALTER TABLE holdfast.%I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format(
      'CREATE POLICY own_tenant ON holdfast.%I '
        'USING (tenant = holdfast_read.current_tenant() AND level > 0) '
        'WITH CHECK (tenant = holdfast_read.current_tenant() AND level > 0)',
      relation
    );
    EXECUTE format('GRANT SELECT, INSERT ON holdfast.%I TO holdfast_tenant_api', relation);
  END LOOP;
  GRANT UPDATE (status, progress, result, error, ended_at) ON holdfast.back_test TO holdfast_tenant_api;
END $$;
