import { readFile } from 'node:fs/promises';
import pg from 'pg';
import t from 'tap';
import { type Check, type Verdict, type VerifySettings, verify } from '../../ledger/verify.js';
import { connected, FreshDatabases, query } from './fresh-databases.js';
import { NO_SNAPSHOTS, proverOf, snapshotsIn } from './proved-journal.js';
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
    for await (const verdict of verify(client, { tenant })) verdicts.push(verdict);
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

/** A journal of five rows, proved at row 3 with a snapshot, and at row 5. */
const proved = await databases.create();
const provedSnapshots = await snapshotsIn(t);
await t.test('a journal with checkpoints is proved to come to the same states', async (t) => {
  const running = await writeHonestly(t, proved, ['two'], 3);
  const client = await connected(t, proved);
  await proverOf(provedSnapshots, ['two']).prove(client);
  for (const key of [4, 5]) {
    running.authorise(0, key);
    await running.commit();
  }
  await proverOf(provedSnapshots, ['two'], NO_SNAPSHOTS).prove(client);
  t.match(await provedVerdict(proved), {
    after: 0,
    rows: 5,
    commands: 8,
    checkpoints: 2,
    note: null,
    fault: null,
  });
});

async function provedVerdict(url: string, settings: VerifySettings = {}): Promise<Verdict> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for await (const verdict of verify(client, { snapshots: provedSnapshots, ...settings })) return verdict;
    throw new Error('no verdict');
  } finally {
    await client.end();
  }
}

t.test('rows before one that is named are left out, where a snapshot lets them', async (t) => {
  t.match(await provedVerdict(proved, { since: 5 }), {
    after: 3,
    rows: 5,
    commands: 2,
    checkpoints: 1,
    note: null,
    fault: null,
  });
  t.match(await provedVerdict(proved, { since: 4 }), { after: 3, commands: 2 });
  t.match(await provedVerdict(proved, { since: 3 }), {
    after: 0,
    commands: 8,
    fault: null,
    note: 'no snapshot before row 3 proves itself: proved from the start',
  });
  t.match(await provedVerdict(proved, { since: 1 }), { after: 0, note: null });
});

const WRONG: readonly [what: string, sql: string, verdict: object][] = [
  [
    'a digest that was changed in a checkpoint',
    'UPDATE holdfast.checkpoint SET digest = hash WHERE seq = 3',
    {
      seq: 3,
      rows: 3,
      fault: /^row 3 .*another digest than the checkpoint/,
      advice: /the checkpoint was changed here/,
    },
  ],
  [
    'the hash of a checkpoint',
    'UPDATE holdfast.checkpoint SET hash = digest WHERE seq = 5',
    { seq: 5, fault: /^row 5 .*not the one that the checkpoint there was made of/ },
  ],
  [
    'the commands of a checkpoint',
    'UPDATE holdfast.checkpoint SET commands = 7 WHERE seq = 5',
    { seq: 5, fault: /^row 5 .*8 commands lead to it, of the checkpoint's 7/ },
  ],
  [
    'the end of a journal that was cut off',
    'DELETE FROM holdfast.journal WHERE seq > 3',
    {
      seq: 4,
      rows: 3,
      fault: /^row 4 .*is missing, and all up to row 5, which was proved once/,
      advice: /backup/,
    },
  ],
  [
    'a row that was changed',
    'UPDATE holdfast.journal SET epoch = 2 WHERE seq = 4',
    {
      seq: 4,
      rows: 3,
      fault: /^row 4 .*not what it was/,
      advice: /Compare the row with a standby or a backup/,
    },
  ],
];

for (const [what, sql, verdict] of WRONG) {
  t.test(`${what} is found, and said what to do`, async (t) => {
    const url = await databases.create(proved);
    await query(url, sql);
    t.match(await provedVerdict(url), verdict);
  });
}

t.test('a checkpoint of another version of the program is no witness', async (t) => {
  const url = await databases.create(proved);
  await query(url, 'UPDATE holdfast.checkpoint SET version = 99, digest = hash WHERE seq = 3');
  t.match(await provedVerdict(url), { rows: 5, checkpoints: 1, fault: null });
  const client = await connected(t, url);
  await query(
    url,
    'DELETE FROM holdfast.journal WHERE seq > 3; DELETE FROM holdfast.checkpoint WHERE seq > 3',
  );
  const { prove, faults } = proverOf(await snapshotsIn(t), ['two'], NO_SNAPSHOTS);
  await prove(client);
  t.same([...faults], []);
  t.match(await provedVerdict(url), { rows: 3, checkpoints: 1, fault: null }, 'the next proof makes it anew');
});

t.test('other checks have their say in the end, of a state that is proved', async (t) => {
  const seen: number[] = [];
  const check: Check = async (_client, { follower: { head, state } }) => {
    seen.push(head.seq, state.cards.length);
    return { fault: 'the projection differs', seq: 4, advice: 'drop it' };
  };
  const checks: Check[] = [async () => ({ note: 'that is fine' }), check];
  const verdict = await provedVerdict(proved, { checks });
  t.match(verdict, {
    rows: 5,
    seq: 4,
    fault: 'the projection differs',
    advice: 'drop it',
    note: 'that is fine',
  });
  t.same(seen, [5, 1]);
});
