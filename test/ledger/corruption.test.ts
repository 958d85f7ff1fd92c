import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type pg from 'pg';
import t from 'tap';
import { projectionCheck } from '../../ledger/projection/check.js';
import { type Check, type Verdict, verify } from '../../ledger/verify.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { project, RunningProjector } from './projection/projected.js';
import { RunningLedger, writeHonestly } from './running-ledger.js';

t.setTimeout(120_000);

const AUDIT_FILE = fileURLToPath(new URL('../../ledger/audit.sql', import.meta.url));
const AUDIT = await readFile(AUDIT_FILE, 'utf8');
const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two', 'three'];
const ROWS = 5;

/** Three tenants with five rows each, which are all in the read model. */
const honest = await databases.create();
await t.test('honest journals, and honest tables', async (t) => {
  const running = await writeHonestly(t, honest, TENANTS, ROWS);
  await running.close();
  t.same(await project(t, honest, TENANTS), []);
  const client = await connected(t, honest);
  t.same(
    (await verdictsOf(client)).map(({ rows, fault, note }) => [rows, fault, note]),
    TENANTS.map(() => [ROWS, null, `read model compared at row ${ROWS}`]),
  );
  t.same(await auditOf(honest), []);
  await client.end();
});

async function verdictsOf(
  client: pg.Client,
  checks: readonly Check[] = [projectionCheck()],
  tenant?: string,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for await (const verdict of verify(client, { checks, tenant })) verdicts.push(verdict);
  return verdicts;
}

/** What does not fit, as `tenant seq fault`. */
async function faultsOf(client: pg.Client, tenant?: string): Promise<string[]> {
  return (await verdictsOf(client, undefined, tenant))
    .filter(({ fault }) => fault !== null)
    .map(({ tenant, seq, fault }) => `${tenant} ${seq} ${fault}`);
}

/** What audit.sql says, likewise: by psql where this machine has it. */
async function auditOf(url: string): Promise<string[]> {
  const options = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--field-separator= '];
  try {
    const { stdout } = await promisify(execFile)('psql', [...options, '--file', AUDIT_FILE, url]);
    return stdout.split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return asText(await query(url, AUDIT));
  }
}

function asText(rows: readonly pg.QueryResultRow[]): string[] {
  return rows.map(({ tenant, seq, fault }) => `${tenant} ${seq} ${fault}`);
}

const TWO = "tenant = (SELECT id FROM holdfast.tenant WHERE name = 'two')";
const CHANGED = 'it is not what it was when it was written';

for (const column of ['previous_hash', 'hash', 'body']) {
  t.test(`a byte of a row's ${column} that was flipped, any of them`, async (t) => {
    const url = await databases.create(honest);
    const client = await connected(t, url);
    const bytes = async (seq: number): Promise<number> => {
      const { rows } = await client.query(
        `SELECT length(${column}) AS bytes FROM holdfast.journal WHERE ${TWO} AND seq = $1`,
        [seq],
      );
      return rows[0].bytes;
    };
    // All of a row in the middle; of the first and of the last both ends.
    const places: [seq: number, byte: number][] = [];
    for (let byte = 0; byte < (await bytes(3)); byte++) places.push([3, byte]);
    for (const seq of [1, ROWS]) places.push([seq, 0], [seq, (await bytes(seq)) - 1]);
    for (const [seq, byte] of places) {
      const flip = `UPDATE holdfast.journal SET ${column} =
        set_byte(${column}, ${byte}, get_byte(${column}, ${byte}) # (1 << ${byte % 8})) WHERE ${TWO} AND seq = ${seq}`;
      await client.query(flip);
      const found = await faultsOf(client, 'two');
      const { rows } = await client.query({ name: 'audit', text: AUDIT });
      await client.query(flip);
      t.equal(found.length, 1);
      t.match(found[0], new RegExp(`^two ${seq} row ${seq} of the journal `), `byte ${byte} of row ${seq}`);
      t.match(asText(rows)[0], new RegExp(`^two ${seq} .*${CHANGED}`));
    }
    t.same(await faultsOf(client), [], 'flipped back');
  });
}

const ROW_3 = `WHERE ${TWO} AND seq = 3`;
const CORRUPTIONS: readonly [
  what: string,
  sql: string,
  found: readonly RegExp[],
  audited: readonly RegExp[],
][] = [
  [
    'an epoch',
    `UPDATE holdfast.journal SET epoch = epoch # 2 ${ROW_3}`,
    [/^two 3 row 3 .* is not what it was/],
    [/^two 3 it is not what it was/, /^two 4 it is of an epoch that was over/],
  ],
  [
    'a time',
    `UPDATE holdfast.journal SET at = at + interval '1 ms' ${ROW_3}`,
    [/^two 3 row 3 .* is not what it was/],
    [/^two 3 it is not what it was/],
  ],
  [
    'a time by less than it is written with',
    `UPDATE holdfast.journal SET at = at + interval '400 us' ${ROW_3}`,
    [/^two 3 row 3 .* has a wrong time/],
    [/^two 3 it has a wrong time/],
  ],
  [
    'a time to never',
    `UPDATE holdfast.journal SET at = 'infinity' ${ROW_3}`,
    [/^two 3 row 3 .* has a wrong time/],
    [/^two 3 it has a wrong time/, /^two 4 it is older than the row before it/],
  ],
  [
    'a sequence number',
    `UPDATE holdfast.journal SET seq = seq # 64 ${ROW_3}`,
    [/^two 3 row 3 .* is missing/],
    [/^two 4 the row before it is missing/, /^two 67 the row before it is missing, it follows another row/],
  ],
  [
    'the tenant of a row',
    `UPDATE holdfast.journal SET tenant = (SELECT id FROM holdfast.tenant WHERE name = 'one'), seq = 6
     WHERE ${TWO} AND seq = 5`,
    [
      /^one 6 row 6 .* follows another row/,
      /^two 5 row 5 of the journal is missing, and all up to row 5, which the read model has/,
    ],
    [/^one 6 it follows another row, it is not what it was/, /^two 5 read model: it goes up to this row/],
  ],
  [
    'the first row, deleted',
    `DELETE FROM holdfast.journal WHERE ${TWO} AND seq = 1`,
    [/^two 1 row 1 .* is missing/],
    [/^two 2 the row before it is missing, it follows another row/],
  ],
  [
    'a row in the middle, deleted',
    `DELETE FROM holdfast.journal ${ROW_3}`,
    [/^two 3 row 3 .* is missing/],
    [/^two 4 the row before it is missing, it follows another row/],
  ],
  [
    'the last row, deleted, which the read model has',
    `DELETE FROM holdfast.journal WHERE ${TWO} AND seq = 5`,
    [/^two 5 row 5 of the journal is missing, and all up to row 5, which the read model has/],
    [/^two 5 read model: it goes up to this row, which the journal does not have/],
  ],
  [
    'all rows, deleted',
    `DELETE FROM holdfast.journal WHERE ${TWO}`,
    [/^two 1 row 1 of the journal is missing, and all up to row 5, which the read model has/],
    [/^two 5 read model: it goes up to this row/],
  ],
  [
    'a balance',
    `UPDATE holdfast_read.account SET posted = posted - 1 WHERE ${TWO}`,
    [/^two 5 read model, account 0 \(journal row 5\) has posted 9999999, the journal gives 10000000/],
    [/^two 5 read model, account 0: 9999999 is posted, its entries come to 10000000/],
  ],
  [
    'a hold',
    `UPDATE holdfast_read.hold SET held = held - 1 ${ROW_3}`,
    [/^two 3 read model, hold 3\/1 of account 0 \(journal row 3\) has held 999, the journal gives 1000/],
    [/^two 5 read model, account 0: 4000 is held, its holds come to 3999/],
  ],
  [
    'an account, deleted',
    `DELETE FROM holdfast_read.account WHERE ${TWO}`,
    [/^two 5 read model, account 0 is missing/],
    [/^two 5 read model, account 0: it is missing/],
  ],
  [
    'an amount of an entry',
    `UPDATE holdfast_read.entry SET amount = amount + 1 ${ROW_3}`,
    [/^two 5 read model, account 0 by its entries \(journal row 5\) has held 4001, the journal gives 4000/],
    [
      /^two 5 read model, account 0: 4000 is held, its entries come to 4001/,
      /^two 5 read model, book 978, cardholders: /,
      /^two 5 read model, book 978, holds: /,
    ],
  ],
];

for (const [what, sql, found, audited] of CORRUPTIONS) {
  t.test(`corrupted: ${what}`, async (t) => {
    const url = await databases.create(honest);
    const client = await connected(t, url);
    await client.query(sql);
    const [faults, lines] = [await faultsOf(client), await auditOf(url)];
    t.match(faults, found);
    t.equal(faults.length, found.length, faults.join('\n'));
    t.match(lines, audited);
    t.equal(lines.length, audited.length, lines.join('\n'));
  });
}

t.test('the last row, deleted together with all that knew of it, is missed by nobody', async (t) => {
  const url = await databases.create(honest);
  const client = await connected(t, url);
  await client.query(`DELETE FROM holdfast.journal WHERE ${TWO} AND seq = 5`);
  for (const table of ['account', 'card', 'hold', 'authorisation', 'entry', 'book', 'position']) {
    await client.query(`DELETE FROM holdfast_read.${table} WHERE ${TWO}`);
  }
  t.match(await verdictsOf(client), {
    2: { rows: 4, fault: null, note: /read model is empty: nothing to compare/ },
  });
  t.same(await auditOf(url), []);
});

t.test('tables that are behind are compared as far as they go', async (t) => {
  const url = await databases.create(honest);
  const running = await RunningLedger.open(t, url, TENANTS);
  running.authorise(1, 100);
  await running.commit();
  const client = await connected(t, url);
  t.match(await verdictsOf(client), {
    0: { rows: 5, fault: null, note: 'read model compared at row 5' },
    2: { rows: 6, fault: null, note: 'read model compared at row 5, as far as it goes' },
  });
  await client.query(`UPDATE holdfast_read.account SET held = held + 1 WHERE ${TWO}`);
  t.match(await faultsOf(client), [/^two 5 read model, account 0 .* has held 4001, the journal gives 4000/]);
  await client.query(`UPDATE holdfast_read.position SET seq = 0 WHERE ${TWO}`);
  t.match(await faultsOf(client), [
    /^two 5 read model, account 0 \(journal row 5\): the journal has no such/,
  ]);
});

t.test('tables that went on meanwhile are compared where they are', async (t) => {
  const url = await databases.create(honest);
  const running = await RunningLedger.open(t, url, TENANTS);
  const client = await connected(t, url);
  const goOn: Check = async (_client, { tenant }) => {
    if (tenant.name !== 'two') return { note: 'waited' };
    running.authorise(1, 100);
    await running.commit();
    await project(t, url, ['two']);
    return { note: 'went on' };
  };
  t.match(await verdictsOf(client, [goOn, projectionCheck()]), {
    0: { rows: 5, note: 'waited; read model compared at row 5' },
    2: { rows: 6, fault: null, note: 'went on; read model compared at row 6' },
  });
  await client.query('UPDATE holdfast.journal SET epoch = epoch + 1 WHERE seq = 6');
  const unproved: Check = async () => {
    await client.query('UPDATE holdfast.journal SET epoch = epoch - 1 WHERE seq = 6');
    return { note: 'changed' };
  };
  t.same(await faultsOf(client), ['two 6 row 6 of the journal is not what it was when it was written']);
  t.match(await verdictsOf(client, [unproved]), { 2: { seq: 6 } });
});

t.test('a projector that is at work is waited for', async (t) => {
  const url = await databases.create(honest);
  const running = await RunningLedger.open(t, url, TENANTS);
  running.authorise(1, 100);
  await running.commit();
  const client = await connected(t, url);
  const blocker = await connected(t, url);
  const begin: Check = async (_client, { tenant }) => {
    if (tenant.name !== 'two') return { note: 'nothing' };
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE holdfast_read.book IN ACCESS EXCLUSIVE MODE');
    const projector = new RunningProjector(t, url, ['two']);
    while (projector.progress.of(0) === null) await running.turn();
    // It is let go on while it is waited for.
    void running.turn().then(() => blocker.query('ROLLBACK'));
    return { note: 'begun' };
  };
  t.match(await verdictsOf(client, [begin, projectionCheck({ waitMs: 60_000 })]), {
    2: { rows: 6, fault: null, note: 'begun; read model compared at row 6' },
  });
});
