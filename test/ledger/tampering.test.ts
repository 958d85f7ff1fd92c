import t, { type Test } from 'tap';
import { Command, Decision, RESPONSE } from '../../ledger/command.js';
import { GENESIS, rowHash } from '../../ledger/hash-chain.js';
import { BODY_HEADER_BYTES, BODY_VERSION, BodyReader } from '../../ledger/journal-body.js';
import { FreshDatabases, query } from './fresh-databases.js';
import { INOPERATIVE, RunningLedger, writeHonestly } from './running-ledger.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two', 'three'];
const TAMPERED = 2;
const ROWS = 6;

/** A database of three tenants with six rows each, copied for every test. */
const honest = await databases.create();
await t.test('an honest journal', async (t) => {
  await writeHonestly(t, honest, TENANTS, ROWS);
});

/** Opens the database: only the second tenant is quarantined, for that reason, and the others go on. */
async function assertQuarantined(t: Test, url: string, reason: RegExp): Promise<void> {
  const running = await RunningLedger.open(t, url, TENANTS);
  t.same(running.quarantined, ['two']);
  t.match(running.ledger.tenants[1]!.fault, { name: 'InvariantError', message: reason });
  t.same(running.authorise(1, 100), INOPERATIVE);
  t.same(running.authorise(1, 2), INOPERATIVE, 'nor is anything repeated');
  for (const tenant of [0, 2]) {
    t.equal(running.ledger.tenants[tenant]!.fault, null);
    t.equal(running.authorise(tenant, 100).code, RESPONSE.approved);
    t.equal(running.authorise(tenant, 2).journalled, false);
  }
  const { rows } = await running.commit();
  t.same(
    rows.map(({ tenant, seq }) => [tenant, seq]),
    [
      [1, ROWS + 1],
      [3, ROWS + 1],
    ],
  );
}

const UPDATE = 'UPDATE holdfast.journal SET';
const ROW_3 = `WHERE tenant = ${TAMPERED} AND seq = 3`;
const TAMPERINGS: readonly [what: string, sql: string, reason: RegExp][] = [
  [
    'a byte of a body',
    `${UPDATE} body = set_byte(body, 40, get_byte(body, 40) # 1) ${ROW_3}`,
    /row 3 .*not what/,
  ],
  ['a body cut short', `${UPDATE} body = substr(body, 1, 20) ${ROW_3}`, /row 3 .*not what/],
  ['an empty body', `${UPDATE} body = '' ${ROW_3}`, /row 3 .*not what/],
  ['a hash', `${UPDATE} hash = set_byte(hash, 0, get_byte(hash, 0) # 128) ${ROW_3}`, /row 3 .*not what/],
  ['a hash that is no hash', `${UPDATE} hash = 'x' ${ROW_3}`, /row 3 .*not what/],
  ['a previous hash', `${UPDATE} previous_hash = hash ${ROW_3}`, /row 3 .*follows another/],
  ['a time by 1 ms', `${UPDATE} at = at + interval '1 ms' ${ROW_3}`, /row 3 .*not what/],
  ['a time by 1 µs', `${UPDATE} at = at + interval '1 microsecond' ${ROW_3}`, /row 3 .*wrong time/],
  ['a time to never', `${UPDATE} at = 'infinity' ${ROW_3}`, /row 3 .*wrong time/],
  ['a time to before 1970', `${UPDATE} at = '1969-01-01' ${ROW_3}`, /row 3 .*wrong time/],
  ['an epoch', `${UPDATE} epoch = 2 ${ROW_3}`, /row 3 .*not what/],
  ['an epoch below 0', `${UPDATE} epoch = -1 ${ROW_3}`, /row 3 .*wrong epoch/],
  ['an epoch beyond all numbers', `${UPDATE} epoch = 9223372036854775807 ${ROW_3}`, /row 3 .*wrong epoch/],
  ['a row removed', `DELETE FROM holdfast.journal ${ROW_3}`, /row 3 .*missing/],
  ['the first row removed', `DELETE FROM holdfast.journal WHERE tenant = 2 AND seq = 1`, /row 1 .*missing/],
  ['a row before the first', `${UPDATE} seq = 0 WHERE tenant = 2 AND seq = 1`, /row 1 .*missing/],
  [
    'a row added',
    `INSERT INTO holdfast.journal SELECT tenant, 7, epoch, previous_hash, hash, at, body FROM holdfast.journal ${ROW_3}`,
    /row 7 .*follows another/,
  ],
  [
    'a row of another tenant put in its place',
    `${UPDATE} (previous_hash, hash, body) = (o.previous_hash, o.hash, o.body) FROM
       (SELECT * FROM holdfast.journal WHERE tenant = 1 AND seq = 1) o WHERE journal.tenant = 2 AND journal.seq = 1`,
    /row 1 .*not what/,
  ],
];

for (const [what, sql, reason] of TAMPERINGS) {
  t.test(`tampered with: ${what}`, async (t) => {
    const url = await databases.create(honest);
    await query(url, sql);
    await assertQuarantined(t, url, reason);
  });
}

/** Changes one body and hashes the whole chain anew, as somebody could who knows all but the decisions. */
async function forge(url: string, seq: number, change: (body: Buffer) => Buffer): Promise<void> {
  const rows = await query<{ seq: number; epoch: number; at: number; body: Buffer }>(
    url,
    `SELECT seq::int, epoch::int, (extract(epoch FROM at) * 1000)::float8 AS at, body
     FROM holdfast.journal WHERE tenant = $1 ORDER BY seq`,
    [TAMPERED],
  );
  let previous = GENESIS;
  for (const row of rows) {
    const body = row.seq === seq ? change(row.body) : row.body;
    const hash = rowHash(previous, TAMPERED, row.seq, row.epoch, row.at, body);
    await query(url, `${UPDATE} previous_hash = $3, hash = $4, body = $5 WHERE tenant = $1 AND seq = $2`, [
      TAMPERED,
      row.seq,
      previous,
      hash,
      body,
    ]);
    previous = hash;
  }
}

const FORGERIES: readonly [what: string, change: (body: Buffer) => Buffer, reason: RegExp][] = [
  [
    'the response code',
    (body) => withByte(body, body.length - 4, RESPONSE.expiredCard),
    /row 3 .*another decision/,
  ],
  ['the approval code', (body) => withByte(body, body.length - 1, 0xff), /row 3 .*another decision/],
  // The amount's highest byte but two: the account could not pay it.
  ['the amount', (body) => withByte(body, BODY_HEADER_BYTES + 37, 1), /row 3 .*another decision/],
  [
    'the amount beyond all bounds',
    (body) => withByte(body, BODY_HEADER_BYTES + 33, 0xff),
    /more than a record/,
  ],
  ['an entry twice', twice, /row 3 .*repeat/],
  ['an entry that is cut off', (body) => body.subarray(0, -1), /ends inside an entry/],
  ['another version', (body) => withByte(body, 0, BODY_VERSION + 1), /version \d+, not/],
];

for (const [what, change, reason] of FORGERIES) {
  t.test(`forged with a chain that holds: ${what}`, async (t) => {
    const url = await databases.create(honest);
    await forge(url, 3, change);
    await assertQuarantined(t, url, reason);
  });
}

t.test('a chain that is only hashed anew opens: the forgeries fail by what they changed', async (t) => {
  const url = await databases.create(honest);
  await forge(url, 3, (body) => body);
  const running = await RunningLedger.open(t, url, TENANTS);
  t.same(running.quarantined, []);
});

function withByte(body: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(body);
  changed[at] = value;
  return changed;
}

/** The same body with its one entry doubled. */
function twice(body: Buffer): Buffer {
  const count = new BodyReader(new Command(), new Decision()).open(body);
  const changed = Buffer.concat([body, body.subarray(BODY_HEADER_BYTES)]);
  changed.writeUInt32BE(2 * count, 1);
  return changed;
}
