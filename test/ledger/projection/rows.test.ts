import t from 'tap';
import { BOOK } from '../../../ledger/books.js';
import { Decision, ENTRY, FLAG, KEPT_NOTHING, TRAIT } from '../../../ledger/command.js';
import type { JournalEntry } from '../../../ledger/journal-entry.js';
import { EntryReader } from '../../../ledger/journal-entry.js';
import { readJournal } from '../../../ledger/read-journal.js';
import { commandOf, fund, transfer, withdraw } from '../commands.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { EUR, NOON, POS, USD } from '../one-tenant.js';
import { RunningLedger } from '../running-ledger.js';
import { project } from './projected.js';

t.setTimeout(60_000);
const databases = await FreshDatabases.start(t);
const DAY_MS = 86_400_000;
/** What `words` makes of most numbers is a key by retrieval reference; of this one it is not. */
const BY_TRANSMISSION = 233;

t.test('a message is told in words, and the message that it is about', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  running.ask(0, {
    kind: 'setRate',
    currency: USD,
    billingCurrency: EUR,
    rate: 60_912_345,
    exponents: 0,
    spread: 100,
  });
  await running.commit();

  // 20.00 $ at 0.912345 and one per cent: 18.43 €.
  const asked = commandOf({
    kind: 'authorise',
    key: 1,
    token: 1,
    amount: 2000,
    currency: USD,
    channels: POS,
  });
  asked.identifiers.set(Buffer.from('RRN 00000001TERM01  CAF\xc9 DU PORT   ', 'latin1'));
  Object.assign(asked, { mcc: 5814, entryMode: 71, processingCode: 3000, flags: FLAG.estimated });
  const place = { entry: ENTRY.contactless, traits: TRAIT.cardPresent | TRAIT.pin, country: 56 };
  Object.assign(asked, { ...place, acquirer: 99_999_999_999, acceptorLength: 23 });
  asked.acceptor.set(Buffer.from('CAF\xc9 DU PORT  BRUGES  BE', 'latin1'));
  running.ledger.decide(0, asked, running.now, new Decision());
  await running.commit();

  running.now += 1000;
  const about = { token: 1, currency: USD, channels: POS };
  running.ask(0, {
    kind: 'clear',
    key: 2,
    originalKey: 1,
    amount: 1500,
    flags: FLAG.advice | FLAG.more,
    ...about,
  });
  running.ask(0, { kind: 'reverse', key: 3, originalKey: 2, amount: 1500, kept: 500, ...about });
  running.ask(0, { kind: 'reverse', key: 4, originalKey: 99, kept: KEPT_NOTHING, ...about });
  running.authorise(0, BY_TRANSMISSION);
  running.ask(0, { kind: 'voidRequest', key: BY_TRANSMISSION });
  running.ask(0, {
    kind: 'authorise',
    key: 6,
    token: 7,
    amount: 1,
    currency: EUR,
    channels: 16,
    cashback: 1,
  });
  await running.commit();
  t.same(await project(t, url, ['one']), []);

  const rows = await query(
    url,
    `SELECT seq::int, entry, kind, original_seq::int AS about_seq, original_entry AS about_entry, card, amount::int,
       currency, kept::int, billed::int, billed_currency AS in, rate, response_code AS code, channel, cashback::int,
       flags, marks
     FROM holdfast_read.authorisation ORDER BY seq, entry`,
  );
  const plain = {
    about_seq: null,
    about_entry: null,
    card: 0,
    currency: '840',
    kept: null,
    billed: null,
    in: null,
    rate: null,
    code: '00',
    channel: 'pos',
    cashback: null,
    flags: [],
    marks: [],
  };
  const converted = { in: '978', rate: 0.912345, marks: ['converted'] };
  t.same(rows, [
    {
      ...plain,
      seq: 2,
      entry: 1,
      kind: 'authorisation',
      amount: 2000,
      billed: 1843,
      ...converted,
      flags: ['estimated'],
    },
    {
      ...plain,
      ...converted,
      seq: 3,
      entry: 1,
      kind: 'clearing',
      about_seq: 2,
      about_entry: 1,
      amount: 1500,
      billed: 1382,
      flags: ['advice', 'more'],
    },
    { ...plain, seq: 3, entry: 2, kind: 'reversal', about_seq: 3, about_entry: 1, amount: 1500, kept: 500 },
    { ...plain, seq: 3, entry: 3, kind: 'reversal', amount: 0 },
    {
      ...plain,
      seq: 3,
      entry: 4,
      kind: 'authorisation',
      amount: 1000,
      currency: '978',
      billed: 1000,
      in: '978',
    },
    {
      ...plain,
      seq: 3,
      entry: 5,
      kind: 'void',
      about_seq: 3,
      about_entry: 4,
      amount: null,
      currency: null,
      code: '91',
      channel: null,
    },
    {
      ...plain,
      seq: 3,
      entry: 6,
      kind: 'authorisation',
      card: null,
      amount: 1,
      currency: '978',
      code: '14',
      channel: 'atm',
      cashback: 1,
    },
  ]);
  const [first] = await query(
    url,
    `SELECT at, rrn, terminal, merchant, mcc, entry_mode, processing_code, account, acquirer, card_entry, traits,
       acceptor, country FROM holdfast_read.authorisation WHERE seq = 2`,
  );
  t.same(first, {
    at: new Date(NOON),
    rrn: 'RRN 00000001',
    terminal: 'TERM01',
    merchant: 'CAFÉ DU PORT',
    mcc: '5814',
    entry_mode: '071',
    processing_code: '003000',
    account: 0,
    acquirer: '99999999999',
    card_entry: 'contactless',
    traits: ['card_present', 'pin'],
    acceptor: 'CAFÉ DU PORT  BRUGES  BE'.slice(0, 23),
    country: '056',
  });
  const others = await query(
    url,
    `SELECT DISTINCT card_entry, traits, acceptor, country FROM holdfast_read.authorisation WHERE seq <> 2`,
  );
  t.same(others, [{ card_entry: null, traits: [], acceptor: null, country: null }], 'nobody said');

  const client = await connected(t, url);
  const exported: JournalEntry[] = [];
  for await (const page of readJournal(client, 1)) {
    for (const row of page) exported.push(...new EntryReader().entriesOf('one', row));
  }
  const keys = await query(
    url,
    `SELECT seq::int, entry, stan, transmitted, acquirer, approval_code
     FROM holdfast_read.authorisation WHERE kind IN ('authorisation', 'reversal', 'void') ORDER BY seq, entry`,
  );
  t.equal(keys.length, 6);
  for (const { seq, entry, stan, transmitted, acquirer, approval_code } of keys) {
    const told = exported.find((one) => one.seq === seq && one.entry === entry)!;
    t.equal(stan === null, seq !== 3 || ![4, 5].includes(entry), 'others are known by retrieval reference');
    t.equal(stan, told.stan ?? null);
    t.equal(transmitted, told.transmitted ?? null);
    t.equal(acquirer, told.acquirer ?? null);
    t.equal(approval_code, told.approvalCode ?? null);
  }
});

t.test('every posting is there, from account to account, and sums to nothing', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  running.authorise(0, 1);
  const clearing = { token: 1, amount: 1200, currency: EUR, channels: POS, flags: FLAG.advice };
  running.ask(0, { kind: 'clear', key: 2, originalKey: 1, ...clearing });
  await running.commit();
  t.same(await project(t, url, ['one']), []);
  const postings = await query(
    url,
    `SELECT entry || '.' || posting || ' ' || coalesce(account::text, '-') || ' ' || from_book || ' → ' || to_book
       || ' ' || amount || ' ' || currency AS posting FROM holdfast_read.entry ORDER BY seq, entry, posting`,
  );
  t.same(
    postings.map(({ posting }) => posting),
    [
      '3.1 0 funding → cardholders 10000000 978',
      '5.1 0 cardholders → holds 1000 978',
      // Nothing is tolerated above the hold, so that the rest waits for a person.
      '6.1 0 cardholders → settlement 1000 978',
      '6.2 0 holds → cardholders 1000 978',
      '6.3 - suspense → settlement 200 978',
    ],
  );
  const [hold] = await query(
    url,
    'SELECT billed::int, held::int, posted::int, status, expires_at FROM holdfast_read.hold',
  );
  t.same(hold, {
    billed: 1000,
    held: 0,
    posted: 1000,
    status: 'cleared',
    expires_at: new Date(NOON + 7 * DAY_MS),
  });
});

t.test('funds are told in words, those that were refused too', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  running.ask(0, { kind: 'openAccount', account: 1, currency: EUR });
  const first = fund({ key: 1, account: 1, amount: 700 });
  running.ask(0, first);
  running.ask(0, withdraw({ key: 2, account: 1, amount: 701 }));
  running.ask(0, first);
  await running.commit();
  running.ask(0, transfer({ key: 3, account: 1, counterAccount: 0, amount: 300 }));
  running.ask(0, withdraw({ key: 4, account: 1, amount: 100 }));
  running.ask(0, withdraw({ key: 5, account: 1, amount: 600, book: BOOK.fees, mayOverdraw: 1 }));
  running.ask(0, transfer({ key: 6, account: 2 ** 32 - 1, counterAccount: 7, amount: 1 }));
  running.ask(0, { kind: 'setOverdraft', account: 1, overdraft: 250 });
  await running.commit();
  t.same(await project(t, url, ['one']), []);
  const rows = await query(
    url,
    `SELECT seq::int, entry, kind, account, direction, counter_account AS other, book, amount::int, currency,
       response_code AS code FROM holdfast_read.transfer ORDER BY seq, entry`,
  );
  const plain = { account: 1, direction: 'out', other: null, book: 'funding', currency: '978', code: '00' };
  t.same(rows, [
    { ...plain, seq: 1, entry: 6, kind: 'funding', direction: 'in', amount: 700 },
    { ...plain, seq: 1, entry: 7, kind: 'withdrawal', amount: 701, code: '51' },
    { ...plain, seq: 2, entry: 1, kind: 'transfer', other: 0, book: null, amount: 300 },
    { ...plain, seq: 2, entry: 2, kind: 'withdrawal', amount: 100 },
    { ...plain, seq: 2, entry: 3, kind: 'adjustment', book: 'fees', amount: 600 },
    { ...plain, seq: 2, entry: 4, kind: 'transfer', account: null, book: null, amount: 1, code: '12' },
  ]);
  const postings = await query(
    url,
    `SELECT entry || ' ' || account || ' ' || from_book || ' → ' || to_book || ' ' || amount AS posting
     FROM holdfast_read.entry e WHERE seq = 2 ORDER BY entry, e.posting`,
  );
  t.same(
    postings.map(({ posting }) => posting),
    [
      '1 1 cardholders → funding 300',
      '1 0 funding → cardholders 300',
      '2 1 cardholders → funding 100',
      '3 1 cardholders → fees 600',
      '3 1 stand_in_debt → cardholders 300',
      '5 1 cardholders → stand_in_debt 250',
    ],
  );
});

t.test('a card and an account are told as they are now', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.furnish(0);
  running.ask(0, { kind: 'issueToken', token: 2, originalToken: 1, expiry: 3112, channels: 4, status: 3 });
  await running.commit();
  t.same(await project(t, url, ['one']), []);
  const cards = () =>
    query(
      url,
      `SELECT card, account, parent, expiry, status, channels, card_group::text AS group, encode(token, 'hex') AS token,
         as_of::int FROM holdfast_read.card ORDER BY card`,
    );
  const tokenOf = (number: number) =>
    Buffer.from(commandOf({ kind: 'aliasCard', token: number }).token.buffer)
      .swap32()
      .toString('hex');
  const [card, wallet] = await cards();
  t.match(card, { card: 0, parent: null, expiry: '2612', status: 'active', group: null });
  const second = {
    card: 1,
    account: 0,
    parent: 0,
    expiry: '3112',
    status: 'inactive',
    channels: ['ecommerce'],
  };
  t.same(wallet, { ...second, group: null, token: tokenOf(2), as_of: 1 });

  running.ask(0, { kind: 'aliasCard', token: 11, originalToken: 1 });
  await running.commit();
  const changed = { kind: 'changeCard', token: 1, expiry: 2912, channels: 5, status: 4 } as const;
  running.ask(0, { ...changed, group: 2 ** 32 - 1 });
  running.ask(0, { kind: 'setHolder', account: 0, holder: 2 ** 32 - 1 });
  running.ask(0, { kind: 'setOverdraft', account: 0, overdraft: 500 });
  await running.commit();
  t.same(await project(t, url, ['one']), []);
  const [lost, untouched] = await cards();
  t.same(untouched, wallet);
  const told = {
    ...card,
    expiry: '2912',
    status: 'lost',
    channels: ['pos', 'ecommerce'],
    group: '4294967295',
  };
  t.same(
    lost,
    { ...told, token: tokenOf(11), as_of: 3 },
    'by its newest token, though it was changed by another',
  );
  const [account] = await query(
    url,
    'SELECT overdraft::int, holder::text, available::int, as_of::int FROM holdfast_read.account',
  );
  t.same(account, { overdraft: 500, holder: '4294967295', available: 10_000_500, as_of: 3 });
});

t.test('a month has its partitions, and the next one too', async (t) => {
  const url = await databases.create();
  const running = await RunningLedger.open(t, url, ['one']);
  running.now = Date.UTC(2026, 10, 30, 23, 59, 59, 999);
  running.furnish(0);
  running.authorise(0, 1);
  await running.commit();
  running.now += 1;
  running.authorise(0, 2);
  await running.commit();
  running.now = Date.UTC(2027, 1, 3);
  running.ask(0, { kind: 'credit', account: 0, currency: EUR, amount: 1 });
  await running.commit();
  t.same(await project(t, url, ['one']), []);

  const parts = await query(
    url,
    `SELECT inhrelid::regclass::text AS part, (xpath('/row/count/text()', query_to_xml(
       'SELECT count(*) FROM ' || inhrelid::regclass, false, true, '')))[1]::text::int AS rows
     FROM pg_inherits WHERE inhparent IN ('holdfast_read.entry'::regclass, 'holdfast_read.authorisation'::regclass)
     ORDER BY 1`,
  );
  const expected = [
    ['2026_11', 1, 2],
    ['2026_12', 1, 1],
    ['2027_01', 0, 0],
    ['2027_02', 0, 1],
    ['2027_03', 0, 0],
  ] as const;
  t.same(parts, [
    ...expected.map(([month, rows]) => ({ part: `holdfast_read.authorisation_${month}`, rows })),
    ...expected.map(([month, , rows]) => ({ part: `holdfast_read.entry_${month}`, rows })),
  ]);
  const plan = await query<{ 'QUERY PLAN': string }>(
    url,
    `EXPLAIN SELECT * FROM holdfast_read.authorisation WHERE tenant = 1 AND at >= '2026-12-01Z' AND at < '2027-01-01Z'
     ORDER BY at DESC, seq DESC, entry DESC LIMIT 20`,
  );
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  t.match(text, /authorisation_2026_12/);
  t.notMatch(text, /authorisation_2026_11/, 'other months are not looked at');
});
