-- Who holds an account; the group of a card; of a second number the card that it is for. Null for none.
ALTER TABLE holdfast_read.account ADD holder bigint;
ALTER TABLE holdfast_read.card
  ADD card_group bigint,
  ADD parent     integer;
CREATE INDEX ON holdfast_read.account (tenant, holder) WHERE holder IS NOT NULL;
CREATE INDEX ON holdfast_read.card (tenant, card_group) WHERE card_group IS NOT NULL;
CREATE INDEX ON holdfast_read.card (tenant, parent) WHERE parent IS NOT NULL;

-- A row for each time that a tenant moved funds, or was refused to.
CREATE TABLE holdfast_read.transfer (
  tenant          smallint NOT NULL,
  seq             bigint NOT NULL,
  entry           integer NOT NULL,
  at              timestamptz NOT NULL,
  kind            text NOT NULL,
  -- The key that it was asked under: of the tenant's idempotency key (docs/journal.md).
  key             bytea NOT NULL CHECK (length(key) = 12),
  -- Null where there is no such account, and so it was refused.
  account         integer,
  -- As the account sees it: in or out.
  direction       text NOT NULL,
  -- Of a transfer, the account that it goes to; of anything else, where the funds come from or go to.
  counter_account integer,
  book            holdfast_read.book_account,
  amount          bigint NOT NULL CHECK (amount > 0),
  currency        char(3) NOT NULL,
  response_code   char(2) NOT NULL,
  PRIMARY KEY (tenant, seq, entry)
);
CREATE INDEX ON holdfast_read.transfer (tenant, account, seq, entry) WHERE account IS NOT NULL;
CREATE INDEX ON holdfast_read.transfer (tenant, counter_account, seq, entry) WHERE counter_account IS NOT NULL;

ALTER TABLE holdfast_read.transfer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON holdfast_read.transfer FOR SELECT USING (tenant = holdfast_read.current_tenant());
GRANT SELECT ON holdfast_read.transfer TO holdfast_tenant_reader;
