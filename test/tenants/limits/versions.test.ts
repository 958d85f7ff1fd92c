import type pg from 'pg';
import t, { type Test } from 'tap';
import { LEVEL } from '../../../ledger/limits/place.js';
import { migrate } from '../../../ledger/migrate.js';
import { inTransaction } from '../../../ledger/transaction.js';
import {
  type LimitPlace,
  listVersions,
  markPromoted,
  promotionOf,
  readVersion,
  saveDraft,
  versionBefore,
} from '../../../tenants/limits/versions.js';
import { connected, FreshDatabases } from '../../ledger/fresh-databases.js';

t.setTimeout(120_000);
const databases = await FreshDatabases.start(t);
const BY = { currency: 978, year: 2026 };
const RULES = {
  a: { name: 'a', kind: 'velocity', window: 'day', amountMinor: 5000 },
  b: { name: 'b', kind: 'block', when: { mcc: 'gambling' } },
};

interface Store {
  readonly client: pg.Client;
  readonly url: string;
  readonly place: LimitPlace;
  readonly other: LimitPlace;
}

async function newStore(t: Test): Promise<Store> {
  const url = await databases.create();
  const client = await connected(t, url);
  await migrate(client);
  const { rows } = await client.query<{ id: number }>(
    "INSERT INTO holdfast.tenant (name) VALUES ('acme'), ('other') RETURNING id",
  );
  const [acme, other] = rows.map(({ id }) => ({ tenant: id, level: LEVEL.tenant, entity: 0 }));
  return { client, url, place: acme!, other: other! };
}

function draft(client: pg.ClientBase, place: LimitPlace, rules: readonly object[], note?: string) {
  const author = 'ann';
  const given = { document: { rules }, author, ...(note === undefined ? {} : { note }) };
  return inTransaction(client as pg.Client, () => saveDraft(client, place, given, BY));
}

t.test('each document that is saved is the next version, a draft', async (t) => {
  const { client, place } = await newStore(t);
  const first = await draft(client, place, [RULES.a], 'to begin with');
  const second = await draft(client, place, [RULES.b, RULES.a]);
  t.match(first, {
    ...place,
    version: 1,
    author: 'ann',
    note: 'to begin with',
    state: 'draft',
    seq: null,
    source: null,
  });
  t.same(first.document, { rules: [RULES.a] });
  t.equal(second.version, 2);
  t.equal(second.numbers.a, first.numbers.a, 'a name keeps its number');
  t.same(
    (await listVersions(client, place)).map(({ version }) => version),
    [2, 1],
  );
  t.same(
    (await listVersions(client, place, { before: 2 })).map(({ version }) => version),
    [1],
  );
  t.equal(await readVersion(client, place, 3), undefined);
});

t.test('rules of different places have different numbers, above those of files', async (t) => {
  const { client, place, other } = await newStore(t);
  const card = { ...place, level: LEVEL.card, entity: 7 };
  const [first, ofCard, ofOther] = [
    await draft(client, place, [RULES.a]),
    await draft(client, card, [RULES.a]),
    await draft(client, other, [RULES.a]),
  ];
  t.same([first.numbers.a, ofCard.numbers.a, ofOther.numbers.a], [1_000_001, 1_000_002, 1_000_001]);
  t.equal(ofCard.version, 1);
  const programme = await draft(client, { ...place, level: LEVEL.programme }, [RULES.a, RULES.b]);
  t.same(programme.numbers, { a: 2_000_000_001, b: 2_000_000_002 });
  t.same((await draft(client, place, [RULES.b])).numbers, { a: 1_000_001, b: 1_000_003 });
});

t.test('what is no document is not saved', async (t) => {
  const { client, place } = await newStore(t);
  await t.rejects(draft(client, place, [{ name: 'x', kind: 'blok' }]), { code: 'HF_LIMITS_INVALID' });
  await t.rejects(draft(client, place, [RULES.a, RULES.a]), { message: /two rules have the name 'a'/ });
  t.same(await listVersions(client, place), []);
});

t.test('at the same moment, two become two versions', async (t) => {
  const { client, url, place } = await newStore(t);
  const clients = [client, await connected(t, url), await connected(t, url)];
  const saved = await Promise.all(clients.map((each) => draft(each, place, [RULES.a])));
  t.same(saved.map(({ version }) => version).sort(), [1, 2, 3]);
});

t.test('a version is promoted, first as a shadow, retired by another, and rolled back to', async (t) => {
  const { client, place } = await newStore(t);
  const first = await draft(client, place, [RULES.a]);
  const second = await draft(client, place, [RULES.b]);
  const states = async () => (await listVersions(client, place)).map(({ state, seq }) => [state, seq]);

  const shadow = promotionOf(first, true, BY);
  t.match(JSON.parse(shadow.program), {
    revision: 1,
    rules: [{ name: 'a', shadow: true, number: 1_000_001 }],
  });
  await markPromoted(client, place, 1, { shadow: true, seq: 10n, author: 'ann' });
  t.same(await states(), [
    ['draft', null],
    ['shadow', 10n],
  ]);
  t.equal(await versionBefore(client, place), undefined);

  t.notMatch(JSON.parse(promotionOf(first, false, BY).program), { rules: [{ shadow: true }] });
  await markPromoted(client, place, 1, { seq: 11n, author: 'ann' });
  t.same(await states(), [
    ['draft', null],
    ['active', 11n],
  ]);

  await markPromoted(client, place, 2, { seq: 12n, author: 'bob' });
  await markPromoted(client, place, 2, { seq: 12n, author: 'bob' });
  t.same(
    await states(),
    [
      ['active', 12n],
      ['retired', 11n],
    ],
    'told twice, it is so once',
  );
  const before = await versionBefore(client, place);
  t.equal(before?.version, 1);

  await markPromoted(client, place, before!.version, { seq: 13n, author: 'bob' });
  t.same(await states(), [
    ['retired', 12n],
    ['active', 13n],
  ]);
  await markPromoted(client, place, null, { seq: 14n, author: 'bob' });
  t.same(
    await states(),
    [
      ['retired', 12n],
      ['retired', 13n],
    ],
    'none is in force',
  );
  t.equal((await versionBefore(client, place))?.version, 1);
  t.equal(second.state, 'draft');
});

t.test('a version without rules in force is none', async (t) => {
  const { client, place } = await newStore(t);
  t.equal(promotionOf(await draft(client, place, [{ ...RULES.a, state: 'retired' }]), false, BY).program, '');
});

t.test('nothing of it can be changed, not even by its owner', async (t) => {
  const { client, place } = await newStore(t);
  await draft(client, place, [RULES.a]);
  await markPromoted(client, place, 1, { seq: 1n, author: 'ann' });
  for (const table of ['limit_version', 'limit_promotion']) {
    await t.rejects(client.query(`UPDATE holdfast.${table} SET author = 'eve'`), { code: '42501' });
    await t.rejects(client.query(`DELETE FROM holdfast.${table}`), { code: '42501' });
    await t.rejects(client.query(`TRUNCATE holdfast.${table} CASCADE`), { code: '42501' });
  }
});

t.test('a tenant sees its own versions alone, and those of its programme not even so', async (t) => {
  const { client, place, other } = await newStore(t);
  const programme = { ...place, level: LEVEL.programme };
  await draft(client, place, [RULES.a]);
  await draft(client, other, [RULES.b]);
  await draft(client, programme, [RULES.b]);
  await markPromoted(client, other, 1, { seq: 1n, author: 'ann' });
  await client.query('GRANT holdfast_tenant_api TO CURRENT_USER');
  await client.query('SET ROLE holdfast_tenant_api');
  t.same(await listVersions(client, place), [], 'of nobody, while no tenant is set');
  await client.query(`SET holdfast.tenant = '${place.tenant}'`);
  t.equal((await listVersions(client, place)).length, 1);
  t.same(await listVersions(client, other), []);
  t.same(await listVersions(client, programme), []);
  t.equal((await client.query('SELECT FROM holdfast.limit_promotion')).rowCount, 0);
  t.equal((await draft(client, place, [RULES.b])).version, 2);
  await markPromoted(client, place, 2, { seq: 2n, author: 'ann' });
  await t.rejects(draft(client, other, [RULES.b]), { code: '42501' });
  await t.rejects(draft(client, programme, [RULES.b]), { code: '42501' });
  await t.rejects(markPromoted(client, other, 1, { seq: 3n, author: 'eve' }), { code: '42501' });
});
