-- The life of cards, their wallet tokens, and funds in the tenants' HTTP API; docs/api.md describes it.

ALTER TABLE holdfast.card
  -- Of a card: physical, virtual or single_use.
  ADD type     text NOT NULL DEFAULT 'physical' CHECK (type IN ('physical', 'virtual', 'single_use')),
  -- The card that it replaces. A card is replaced once.
  ADD replaces uuid,
  -- Of a wallet token, the card that it is for; and whose wallet it is in.
  ADD parent   uuid,
  ADD wallet   text,
  ADD UNIQUE (tenant, replaces);
CREATE INDEX ON holdfast.card (tenant, parent, created_at, id) WHERE parent IS NOT NULL;

-- What a tenant said of funds that it moved, by the key that they were asked under.
CREATE TABLE holdfast.transfer_text (
  tenant      smallint NOT NULL REFERENCES holdfast.tenant,
  key         bytea NOT NULL CHECK (length(key) = 12),
  description text NOT NULL,
  PRIMARY KEY (tenant, key)
);
ALTER TABLE holdfast.transfer_text ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON holdfast.transfer_text USING (tenant = holdfast_read.current_tenant())
  WITH CHECK (tenant = holdfast_read.current_tenant());
GRANT SELECT, INSERT ON holdfast.transfer_text TO holdfast_tenant_api;

GRANT SELECT ON holdfast_read.transfer TO holdfast_tenant_api;
CREATE INDEX ON holdfast_read.transfer (tenant, key);

ALTER TABLE holdfast_read.authorisation
  -- The second number of the card that the message came with; null where it came with the card's own.
  ADD presented integer,
  -- Whether the tenant was asked for a decision of its own, and how that ended: answered, timed_out, failed, circuit_open,
  -- overloaded. Null where it was not.
  ADD asked text;
