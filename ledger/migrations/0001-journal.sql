CREATE TABLE holdfast.tenant (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);

-- Who may write a tenant's journal: whoever knows the current epoch.
CREATE TABLE holdfast.lease (
  tenant   smallint PRIMARY KEY REFERENCES holdfast.tenant,
  epoch    bigint NOT NULL,
  holder   text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE holdfast.journal (
  tenant        smallint NOT NULL,
  seq           bigint NOT NULL,
  epoch         bigint NOT NULL,
  previous_hash bytea NOT NULL,
  hash          bytea NOT NULL,
  at            timestamptz NOT NULL,
  body          bytea NOT NULL,
  PRIMARY KEY (tenant, seq)
);
-- Hashes and tokens do not compress; trying costs time at every commit.
ALTER TABLE holdfast.journal ALTER COLUMN body SET STORAGE EXTERNAL;

-- What each version of the key makes of a fixed text: tells a wrong key before a card is unknown by it.
CREATE TABLE holdfast.token_key (
  version smallint PRIMARY KEY,
  proof   bytea NOT NULL
);

CREATE TABLE holdfast.card (
  tenant        smallint NOT NULL REFERENCES holdfast.tenant,
  -- HMAC-SHA-256 of the PAN under token_version's key; its first 16 bytes are the token in the journal.
  hash          bytea NOT NULL CHECK (length(hash) = 32),
  token_version smallint NOT NULL,
  first6        char(6) NOT NULL,
  last4         char(4) NOT NULL,
  -- AES-256-GCM; the layout names its key's version.
  pan           bytea NOT NULL,
  -- YYMM
  expiry        char(4) NOT NULL,
  -- ISO 4217 number
  currency      char(3) NOT NULL,
  account       integer NOT NULL,
  PRIMARY KEY (tenant, hash)
);
