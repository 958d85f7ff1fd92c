import { readFile } from 'node:fs/promises';
import pg from 'pg';
import t from 'tap';
import { type Verdict, verify } from '../../ledger/verify.js';
import { FreshDatabases, query } from './fresh-databases.js';
import { writeHonestly } from './running-ledger.js';

t.setTimeout(120_000);

const AUDIT = await readFile(new URL('../../ledger/audit.sql', import.meta.url), 'utf8');
const databases = await FreshDatabases.start(t);
const TENANTS = ['one', 'two', 'three'];
const ROWS = 5;

/** Three tenants with five rows each, copied for every test. */
const honest = await databases.create();
await t.test('an honest journal', async (t) => {
  const running = await writeHonestly(t, honest, TENANTS, ROWS);
  // It is open: verification runs beside a writer.
  t.same(
    (await verdictsOf(honest)).map(({ tenant, rows, at, fault }) => ({ tenant, rows, at, fault })),
    [...TENANTS].sort().map((tenant) => ({ tenant, rows: ROWS, at: running.now, fault: null })),
  );
  t.same(await auditOf(honest), []);
});

async function verdictsOf(url: string, tenant?: string): Promise<Verdict[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const verdicts: Verdict[] = [];
    for await (const verdict of verify(client, tenant)) verdicts.push(verdict);
    return verdicts;
  } finally {
    await client.end();
  }
}

async function auditOf(url: string): Promise<{ tenant: string; seq: string; fault: string }[]> {
  return (await query(url, AUDIT)) as { tenant: string; seq: string; fault: string }[];
}

const ROW = "tenant = (SELECT id FROM holdfast.tenant WHERE name = 'two') AND seq =";
const TAMPERINGS: readonly [
  what: string,
  sql: string,
  fault: RegExp,
  audited: readonly [string, string][],
][] = [
  [
    'a flipped byte',
    `UPDATE holdfast.journal SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE ${ROW} 3`,
    /^row 3 /,
    [['3', 'it is not what it was when it was written']],
  ],
  [
    'a row that was deleted',
    `DELETE FROM holdfast.journal WHERE ${ROW} 3`,
    /^row 3 .*missing/,
    [['4', 'the row before it is missing, it follows another row']],
  ],
  [
    'a row that was deleted, and the others moved up',
    `DELETE FROM holdfast.journal WHERE ${ROW} 3; UPDATE holdfast.journal SET seq = seq - 1 WHERE ${ROW} 4`,
    /^row 3 /,
    [
      ['3', 'it follows another row, it is not what it was when it was written'],
      ['5', 'the row before it is missing'],
    ],
  ],
  [
    'a time that was moved',
    `UPDATE holdfast.journal SET at = at + interval '1 ms' WHERE ${ROW} 4`,
    /^row 4 /,
    [['4', 'it is not what it was when it was written']],
  ],
];

for (const [what, sql, fault, audited] of TAMPERINGS) {
  t.test(`${what} is found, by tenant and row, by replay and by SQL alone`, async (t) => {
    const url = await databases.create(honest);
    await query(url, sql);
    const verdicts = await verdictsOf(url);
    t.same(
      verdicts.filter(({ fault }) => fault === null).map(({ tenant }) => tenant),
      ['one', 'three'],
    );
    t.match(verdicts.find(({ tenant }) => tenant === 'two')!.fault, fault);
    t.same(
      await auditOf(url),
      audited.map(([seq, said]) => ({ tenant: 'two', seq, fault: said })),
    );
  });
}

t.test('one tenant can be asked for; another that there is not has no verdict', async (t) => {
  t.same(
    (await verdictsOf(honest, 'two')).map(({ tenant }) => tenant),
    ['two'],
  );
  t.same(await verdictsOf(honest, 'nobody'), []);
});
