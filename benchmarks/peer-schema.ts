import pg from 'pg';

/**
 * What a user would write instead of the switch: a table of balances, a table of holds, and a function that
 * takes an amount from the one and puts it into the other in one transaction, with a unique key against doubles.
 * No foreign key: the update finds the account anyway, and its check would only slow the peer down.
 */
const SCHEMA = `
CREATE TABLE account (
  id            integer PRIMARY KEY,
  balance_minor bigint NOT NULL CHECK (balance_minor >= 0)
);
CREATE TABLE hold (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account      integer NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  key          bigint NOT NULL UNIQUE,
  placed_at    timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION place_hold(which integer, amount bigint, message_key bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account SET balance_minor = balance_minor - amount WHERE id = which AND balance_minor >= amount;
  IF NOT FOUND THEN
    RETURN '51';
  END IF;
  INSERT INTO hold (account, amount_minor, key) VALUES (which, amount, message_key);
  RETURN '00';
END
$$;
`;

const BALANCE_MINOR = 1_000_000_000_000;

/** Settings of Postgres on which the figures depend. */
const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'wal_sync_method',
  'full_page_writes',
  'wal_level',
  'commit_delay',
  'shared_buffers',
  'max_wal_size',
  'wal_buffers',
  'max_connections',
];

export interface PostgresFacts {
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Makes the peer's tables with that many accounts, each rich enough for the whole run. */
export async function createPeer(url: string, accounts: number): Promise<PostgresFacts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(SCHEMA);
    await client.query('INSERT INTO account SELECT id, $1 FROM generate_series(1, $2::integer) AS id', [
      BALANCE_MINOR,
      accounts,
    ]);
    await client.query('VACUUM ANALYZE account');
    await client.query('CHECKPOINT');
    const version = await client.query<{ server_version: string }>('SHOW server_version');
    const settings = await client.query<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1) ORDER BY name',
      [SETTINGS],
    );
    return {
      version: version.rows[0]?.server_version ?? 'unknown',
      settings: Object.fromEntries(settings.rows.map(({ name, value }) => [name, value])),
    };
  } finally {
    await client.end();
  }
}
