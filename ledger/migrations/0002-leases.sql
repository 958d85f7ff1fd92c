-- A lease lasts while its holder's heart beats. Every time in here is of this server's clock, never of a node's.
ALTER TABLE holdfast.lease RENAME COLUMN holder TO node;
ALTER TABLE holdfast.lease ALTER COLUMN node SET DEFAULT '';
ALTER TABLE holdfast.lease ALTER COLUMN epoch SET DEFAULT 0;
ALTER TABLE holdfast.lease
  -- From then on anyone may take it; a release sets it to the moment of that.
  ADD COLUMN expires_at timestamptz NOT NULL DEFAULT 'epoch',
  -- application_name of all of the holder's sessions, another for each process; '' once it was released.
  ADD COLUMN session text NOT NULL DEFAULT '',
  -- The node that is to have it next, as somebody asked.
  ADD COLUMN wanted_by text,
  ADD COLUMN wanted_at timestamptz;

-- Who runs, and where it listens.
CREATE TABLE holdfast.node (
  name       text PRIMARY KEY,
  endpoint   text NOT NULL,
  -- Whether it follows the tenants that others hold, and so can take them.
  follows    boolean NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Who held a tenant under which epoch: a row for each time that it was taken.
CREATE TABLE holdfast.tenure (
  tenant     smallint NOT NULL REFERENCES holdfast.tenant,
  epoch      bigint NOT NULL,
  node       text NOT NULL,
  -- How the one before ended: new (there was none), released, lapsed, or orphaned (its sessions were gone).
  reason     text NOT NULL CHECK (reason IN ('new', 'released', 'lapsed', 'orphaned')),
  -- When it was asked for, and when it became free; null where it was not, or nobody can tell.
  wanted_at  timestamptz,
  free_at    timestamptz,
  taken_at   timestamptz NOT NULL,
  -- When its first message could be decided.
  serving_at timestamptz,
  PRIMARY KEY (tenant, epoch)
);
