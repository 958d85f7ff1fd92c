import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import root from 'tap';
import { FLAG } from '../../../ledger/command.js';
import { projectionCheck } from '../../../ledger/projection/check.js';
import { verify } from '../../../ledger/verify.js';
import { withdraw } from '../commands.js';
import { connected, FreshDatabases, query } from '../fresh-databases.js';
import { EUR, POS, USD } from '../one-tenant.js';
import { drained } from '../partitioned-journal.js';
import { RunningLedger } from '../running-ledger.js';
import { differences, differencesIn, project } from './projected.js';

root.setTimeout(120_000);
const AUDIT = await readFile(new URL('../../../ledger/audit.sql', import.meta.url), 'utf8');
const databases = await FreshDatabases.start(root);
const TENANTS = ['one', 'two'];

/**
 * Two tenants of the same history: card 1 of account 0 with two open holds (rows 2 and 3) and one that was cleared
 * (row 4), account 1 with nothing but money, a clearing that no account could be charged for, and funds that were refused.
 */
const honest = await databases.create();
/** Of the same, to be copied: nobody is connected to it. */
let template: string;
let client: pg.Client;
await root.test('honest tables', async (t) => {
  const running = await RunningLedger.open(t, honest, TENANTS);
  for (const tenant of TENANTS.keys()) {
    running.furnish(tenant);
    running.ask(tenant, { kind: 'openAccount', account: 1, currency: USD });
    running.ask(tenant, { kind: 'credit', account: 1, currency: USD, amount: 700 });
  }
  await running.commit();
  for (const key of [2, 3]) {
    for (const tenant of TENANTS.keys()) running.authorise(tenant, key);
    await running.commit();
  }
  const clearing = {
    token: 1,
    amount: 1000,
    currency: EUR,
    channels: POS,
    flags: FLAG.advice,
    fingerprint: 1,
  };
  for (const tenant of TENANTS.keys()) {
    running.authorise(tenant, 4);
    running.ask(tenant, { kind: 'clear', key: 5, originalKey: 4, ...clearing });
    running.ask(tenant, { kind: 'clear', key: 6, ...clearing, token: 9, currency: USD });
    running.ask(tenant, withdraw({ key: 7, account: 0, amount: 10_000_000 }));
  }
  await running.commit();
  t.same(await project(t, honest, TENANTS), []);
  t.same(await differences(honest), []);
  t.same(await query(honest, AUDIT), []);
  await running.close();
  template = await databases.create(honest);
  client = await connected(root, honest);
});

const TWO = "tenant = (SELECT id FROM holdfast.tenant WHERE name = 'two')";
const AUDITED_ACCOUNT = (text: string) => `read model, account 0: ${text}`;

const TAMPERINGS: readonly [what: string, sql: string, difference: RegExp, audited: readonly string[]][] = [
  [
    'a posted balance',
    `UPDATE holdfast_read.account SET posted = posted + 1 WHERE account = 0 AND ${TWO}`,
    /account 0 \(journal row 4\) has posted 9999001, the journal gives 9999000$/,
    [AUDITED_ACCOUNT('9999001 is posted, its entries come to 9999000')],
  ],
  [
    'what an account holds',
    `UPDATE holdfast_read.account SET held = 0 WHERE account = 0 AND ${TWO}`,
    /account 0 \(journal row 4\) has held 0, the journal gives 2000$/,
    [AUDITED_ACCOUNT('0 is held, its entries come to 2000, 0 is held, its holds come to 2000')],
  ],
  [
    'an overdraft line',
    `UPDATE holdfast_read.account SET overdraft = 500 WHERE account = 0 AND ${TWO}`,
    /account 0 \(journal row 4\) has overdraft 500, the journal gives 0$/,
    [],
  ],
  [
    'a holder',
    `UPDATE holdfast_read.account SET holder = 5 WHERE account = 0 AND ${TWO}`,
    /account 0 \(journal row 4\) has holder 5, the journal gives null$/,
    [],
  ],
  [
    'a hold',
    `UPDATE holdfast_read.hold SET held = held - 1 WHERE seq = 3 AND ${TWO}`,
    /hold 3\/1 of account 0 \(journal row 3\) has held 999, the journal gives 1000$/,
    [AUDITED_ACCOUNT('2000 is held, its holds come to 1999')],
  ],
  [
    'where a hold stands',
    `UPDATE holdfast_read.hold SET status = 'released' WHERE seq = 3 AND ${TWO}`,
    /hold 3\/1 of account 0 \(journal row 3\) has status released, the journal gives held$/,
    [],
  ],
  [
    'when a hold ends',
    `UPDATE holdfast_read.hold SET expires_at = expires_at + interval '1 minute' WHERE seq = 2 AND ${TWO}`,
    /hold 2\/1 of account 0 \(journal row 2\) has expires_at \d+, the journal gives \d+$/,
    [],
  ],
  [
    'a hold that is gone',
    `DELETE FROM holdfast_read.hold WHERE seq = 2 AND ${TWO}`,
    /a hold of 1000 of account 0, card 0, is missing$/,
    [AUDITED_ACCOUNT('2000 is held, its holds come to 1000')],
  ],
  [
    'a hold that never was',
    `INSERT INTO holdfast_read.hold SELECT tenant, 1, 9, at, decode(repeat('77', 12), 'hex'), card, account, currency,
       billed, 5, posted, status, expires_at, as_of FROM holdfast_read.hold WHERE seq = 2 AND ${TWO}`,
    /hold 1\/9 of account 0 \(journal row 2\) has held 5, the journal gives 0$/,
    [AUDITED_ACCOUNT('2000 is held, its holds come to 2005')],
  ],
  [
    'a second hold of the same key',
    `INSERT INTO holdfast_read.hold SELECT tenant, 1, 9, at, key, card, account, currency,
       billed, 5, posted, status, expires_at, as_of FROM holdfast_read.hold WHERE seq = 2 AND ${TWO}`,
    /all holds of account 0 \(journal row 4\) has held 2005, the journal gives 2000$/,
    [AUDITED_ACCOUNT('2000 is held, its holds come to 2005')],
  ],
  [
    'a posting',
    `UPDATE holdfast_read.entry SET amount = amount + 1 WHERE account IS NULL AND ${TWO}`,
    /book 840 (settlement|suspense) by its entries \(journal row 4\) has balance -?1001, the journal gives -?1000$/,
    [
      'read model, book 840, settlement: the balance is 1000, its entries come to 1001',
      'read model, book 840, suspense: the balance is -1000, its entries come to -1001',
    ],
  ],
  [
    'the account of a posting',
    `UPDATE holdfast_read.entry SET account = 1 WHERE seq = 2 AND ${TWO}`,
    /account 0 by its entries \(journal row 4\) has held 1000, the journal gives 2000$/,
    [
      'read model, account 1: 0 is held, its entries come to 1000',
      AUDITED_ACCOUNT('2000 is held, its entries come to 1000'),
    ],
  ],
  [
    'a posting that is gone',
    `DELETE FROM holdfast_read.entry WHERE account = 0 AND seq = 1 AND ${TWO}`,
    /account 0 by its entries \(journal row 4\) has posted -1000, the journal gives 9999000$/,
    [
      AUDITED_ACCOUNT('9999000 is posted, its entries come to -1000'),
      'read model, book 978, cardholders: the balance is 9997000, its entries come to -3000',
      'read model, book 978, funding: the balance is -10000000, its entries come to 0',
    ],
  ],
  [
    'all postings of an account',
    `DELETE FROM holdfast_read.entry WHERE account = 1 AND ${TWO}`,
    /every entry of account 1 is missing$/,
    [
      'read model, account 1: 700 is posted, its entries come to 0',
      'read model, book 840, cardholders: the balance is 700, its entries come to 0',
      'read model, book 840, funding: the balance is -700, its entries come to 0',
    ],
  ],
  [
    'a balance of a book',
    `UPDATE holdfast_read.book SET balance = balance + 1 WHERE currency = '978' AND account = 'fees' AND ${TWO}`,
    /book 978 fees \(journal row 4\) has balance 1, the journal gives 0$/,
    [
      'read model, book 978, fees: the balance is 1, its entries come to 0',
      'read model, book 978: its balances sum to 1, not to 0',
    ],
  ],
  [
    'a balance of a book that is gone',
    `DELETE FROM holdfast_read.book WHERE currency = '840' AND account = 'suspense' AND ${TWO}`,
    /book 840 suspense is missing$/,
    [
      'read model, book 840, suspense: the balance is missing, its entries come to -1000',
      'read model, book 840: its balances sum to 1000, not to 0',
    ],
  ],
  [
    'a card',
    `UPDATE holdfast_read.card SET status = 'blocked' WHERE ${TWO}`,
    /card 0 \(journal row 1\) has status blocked, the journal gives active$/,
    [],
  ],
  [
    'the group of a card',
    `UPDATE holdfast_read.card SET card_group = 5 WHERE ${TWO}`,
    /card 0 \(journal row 1\) has card_group 5, the journal gives null$/,
    [],
  ],
  [
    'a card that is the second number of one',
    `UPDATE holdfast_read.card SET parent = 0 WHERE ${TWO}`,
    /card 0 \(journal row 1\) has parent 0, the journal gives null$/,
    [],
  ],
  [
    'the token of a card',
    `UPDATE holdfast_read.card SET token = decode(repeat('77', 16), 'hex') WHERE ${TWO}`,
    /card 0 \(journal row 1\) has number 0, the journal gives -1$/,
    [],
  ],
  [
    'an account that is gone',
    `DELETE FROM holdfast_read.account WHERE account = 1 AND ${TWO}`,
    /account 1 is missing$/,
    ['read model, account 1: it is missing'],
  ],
  [
    'an account that never was',
    `INSERT INTO holdfast_read.account (tenant, account, currency, overdraft, posted, held, as_of)
       SELECT id, 2, '978', 0, 5, 0, 4 FROM holdfast.tenant WHERE name = 'two'`,
    /account 2 \(journal row 4\): the journal has no such$/,
    ['read model, account 2: 5 is posted, its entries come to 0'],
  ],
  [
    'a journal that was cut at its end',
    `DELETE FROM holdfast.journal WHERE seq = 4 AND ${TWO}`,
    /account 0 \(journal row 4\) has posted 9999000, the journal gives 10000000$/,
    ['read model: it goes up to this row, which the journal does not have'],
  ],
];

for (const [what, sql, difference, audited] of TAMPERINGS) {
  root.test(`tampered with: ${what}`, async (t) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query(sql);
    const found = await differencesIn(client);
    t.equal(found.length, 1);
    t.match(found[0], /^tenant two, read model, /);
    t.match(found[0], difference);
    const { rows } = await client.query<{ tenant: string; seq: string; fault: string }>(AUDIT);
    await client.query('ROLLBACK');
    t.same(
      rows.map(({ fault }) => fault),
      audited,
    );
    for (const { tenant, seq } of rows) {
      t.equal(tenant, 'two');
      t.match(seq, /^[1-4]$/);
    }
  });
}

const EVERY_ROW: readonly [what: string, sql: string, difference: RegExp][] = [
  [
    'an answer',
    `UPDATE holdfast_read.authorisation SET response_code = '05' WHERE seq = 3 AND ${TWO}`,
    /authorisation 3\/1 \(journal row 3\): has another response_code than the journal gives$/,
  ],
  [
    'a merchant that was nothing',
    `UPDATE holdfast_read.authorisation SET merchant = 'somebody' WHERE seq = 4 AND entry = 2 AND ${TWO}`,
    /authorisation 4\/2 \(journal row 4\): has another merchant than the journal gives$/,
  ],
  [
    'an authorisation that is gone',
    `DELETE FROM holdfast_read.authorisation WHERE seq = 4 AND entry = 3 AND ${TWO}`,
    /authorisation 4\/3 \(journal row 4\): is missing$/,
  ],
  [
    'an authorisation that never was',
    `INSERT INTO holdfast_read.authorisation (tenant, seq, entry, at, kind, key, stan, transmitted, acquirer, response_code,
       flags, marks) SELECT tenant, seq, 9, at, kind, key, stan, transmitted, acquirer, response_code, flags, marks
       FROM holdfast_read.authorisation WHERE seq = 2 AND ${TWO}`,
    /authorisation 2\/9 \(journal row 2\): the journal has no such$/,
  ],
  [
    'an authorisation of another time',
    `INSERT INTO holdfast_read.authorisation (tenant, seq, entry, at, kind, key, stan, transmitted, acquirer, response_code,
       flags, marks) SELECT tenant, seq, 9, at - interval '1 ms', kind, key, stan, transmitted, acquirer, response_code,
       flags, marks FROM holdfast_read.authorisation WHERE seq = 2 AND ${TWO}`,
    /authorisation has 6 rows, the journal gives 5$/,
  ],
  [
    'funds that were refused',
    `UPDATE holdfast_read.transfer SET response_code = '00' WHERE ${TWO}`,
    /transfer 4\/4 \(journal row 4\): has another response_code than the journal gives$/,
  ],
  [
    'funds that are gone',
    `DELETE FROM holdfast_read.transfer WHERE ${TWO}`,
    /transfer 4\/4 \(journal row 4\): is missing$/,
  ],
  [
    'two postings that make up for each other',
    `UPDATE holdfast_read.entry SET amount = CASE seq WHEN 2 THEN 1001 ELSE 999 END
       WHERE seq IN (2, 3) AND account = 0 AND ${TWO}`,
    /entry 2\/1 \(journal row 2\): has another amount than the journal gives$/,
  ],
];

for (const [what, sql, difference] of EVERY_ROW) {
  root.test(`tampered with, and found where every row is compared: ${what}`, async (t) => {
    const url = await databases.create(template);
    const client = await connected(t, url);
    await client.query(sql);
    const faults = async (rows: boolean) =>
      (await drained(verify(client, { checks: [projectionCheck({ rows })] }))).map(({ fault }) => fault);
    t.match(await faults(true), [null, difference]);
    t.same(await faults(false), [null, null]);
  });
}

root.test('every row of honest tables is what the journal gives', async (t) => {
  const client = await connected(t, await databases.create(template));
  const checks = [projectionCheck({ rows: true })];
  for (const { note, fault } of await drained(verify(client, { checks }))) {
    t.same([fault, note], [null, 'read model compared at row 4, and each of its rows from journal row 1 on']);
  }
});
