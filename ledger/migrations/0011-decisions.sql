-- Where a tenant decides in real time, after limits and balance have said yes; docs/decisions-in-real-time.md describes it.
CREATE TABLE holdfast.decision_endpoint (
  tenant        smallint PRIMARY KEY REFERENCES holdfast.tenant,
  url           text NOT NULL,
  -- Encrypted; the one before is good until previous_until.
  secret          bytea NOT NULL,
  previous_secret bytea,
  previous_until  timestamptz,
  deadline_ms   integer NOT NULL CHECK (deadline_ms BETWEEN 50 AND 10000),
  concurrency   integer NOT NULL CHECK (concurrency BETWEEN 1 AND 512),
  -- Messages of less are not asked about; minor units of their currency.
  least_amount  bigint NOT NULL CHECK (least_amount >= 0),
  -- DE39 where there is no answer: 00 approves what limits and balance leave, up to fallback_most.
  fallback_code char(2) NOT NULL CHECK (fallback_code ~ '^[0-9]{2}$'),
  fallback_most bigint CHECK (fallback_most >= 0),
  enabled       boolean NOT NULL,
  version       integer NOT NULL,
  updated_at    timestamptz NOT NULL DEFAULT now()
);

-- Whoever asks learns at once of what changed.
CREATE FUNCTION holdfast.tell_decision_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('holdfast_decision_endpoint', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON holdfast.decision_endpoint
  FOR EACH STATEMENT EXECUTE FUNCTION holdfast.tell_decision_endpoint();

ALTER TABLE holdfast.decision_endpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON holdfast.decision_endpoint USING (tenant = holdfast_read.current_tenant())
  WITH CHECK (tenant = holdfast_read.current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.decision_endpoint TO holdfast_tenant_api;
