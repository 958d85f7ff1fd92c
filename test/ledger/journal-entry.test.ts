import t from 'tap';
import { BOOK } from '../../ledger/books.js';
import {
  CARD_STATUS,
  COMMAND,
  Command,
  Decision,
  DIRECTION,
  ENTRY,
  FLAG,
  MARK,
  TRAIT,
} from '../../ledger/command.js';
import { writeFundsKey } from '../../ledger/funds-key.js';
import {
  BODY_HEADER_BYTES,
  ENTRY_BYTES_MAX,
  writeBodyHeader,
  writeEntry,
} from '../../ledger/journal-body.js';
import { ENTRY_COLUMNS, EntryReader, type JournalEntry } from '../../ledger/journal-entry.js';

function entries(
  fill: (add: (command: Command, decision?: Partial<Decision>) => void) => void,
): JournalEntry[] {
  const body = Buffer.alloc(BODY_HEADER_BYTES + 8 * ENTRY_BYTES_MAX);
  let end = BODY_HEADER_BYTES;
  let count = 0;
  fill((command, decision = {}) => {
    end = writeEntry(body, end, command, Object.assign(new Decision(), decision));
    count++;
  });
  writeBodyHeader(body, 0, count, 0, 0);
  const none = Buffer.alloc(32);
  const at = Date.UTC(2026, 10, 25, 12);
  const row = { seq: 7, epoch: 1, previous_hash: none, hash: none, at, body: body.subarray(0, end) };
  return [...new EntryReader().entriesOf('lydia', row)];
}

const KEY = [
  (1 << 20) | 42,
  (23 << 26) | (11 << 22) | (25 << 17) | (13 << 12) | (5 << 6) | 9,
  0x4876e7ff - 0,
];

t.test('an authorisation and its reversal are spelled out, their cards by token', async (t) => {
  const command = new Command();
  command.amount = 1250;
  command.currency = 978;
  command.processingCode = 10_000;
  command.mcc = 742;
  command.entryMode = 71;
  command.expiry = 3105;
  command.channels = 2;
  command.key.set(KEY);
  command.originalKey.set(KEY);
  command.token.set([1, 0xabcdef01, 0, 0xffffffff]);
  Buffer.from('RRN000000042TERM0001MERCHANT, "A"  ').copy(command.identifiers);
  Buffer.from('CAF\xc9 DU PORT, A', 'latin1').copy(command.acceptor);
  const traits = TRAIT.cardPresent | TRAIT.walletToken;
  Object.assign(command, { entry: ENTRY.contactlessMagstripe, traits, country: 8, acceptorLength: 15 });
  command.acquirer = 23 * 2 ** 32 + KEY[2]!;
  const [authorised, reversed] = entries((add) => {
    command.kind = COMMAND.authorise;
    command.originalKey.fill(0);
    const decided = { marks: MARK.converted | MARK.indebted, billed: 1500, rate: 41_200_000 };
    add(command, { responseCode: 0, approvalCode: 1234, ...decided });
    command.kind = COMMAND.reverse;
    command.originalKey.set(KEY);
    Object.assign(command, { flags: FLAG.advice, kept: 250, approvalCode: 77 });
    Object.assign(command, { billing: 900, billingCurrency: 840, rate: 19_000_000 });
    add(command, { responseCode: 12 });
  });
  const bytes = KEY.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  const key = {
    key: bytes,
    stan: '000042',
    transmitted: '1125130509',
    acquirer: String(23 * 2 ** 32 + KEY[2]!),
  };
  const message = {
    amount: 1250,
    currency: '978',
    token: '00000001abcdef0100000000ffffffff',
    ...key,
    processingCode: '010000',
    merchantType: '0742',
    entryMode: '071',
    cardEntry: 'contactlessMagstripe',
    traits: 'cardPresent walletToken',
    country: '008',
    acceptor: 'CAFÉ DU PORT, A',
    retrievalReference: 'RRN000000042',
    terminal: 'TERM0001',
    merchant: 'MERCHANT, "A"',
  };
  const row = { tenant: 'lydia', seq: 7, at: '2026-11-25T12:00:00.000Z' };
  t.same(authorised, {
    ...row,
    entry: 1,
    command: 'authorise',
    responseCode: '00',
    approvalCode: '001234',
    marks: 'converted indebted',
    billed: 1500,
    billedRate: '41200000',
    ...message,
    expiry: '3105',
    channels: 2,
    windowHours: 168,
  });
  t.same(reversed, {
    ...row,
    entry: 2,
    command: 'reverse',
    responseCode: '12',
    ...message,
    originalKey: bytes,
    originalStan: key.stan,
    originalTransmitted: key.transmitted,
    originalAcquirer: key.acquirer,
    flags: 'advice',
    kept: 250,
    originalApprovalCode: '000077',
    networkBilling: 900,
    networkBillingCurrency: '840',
    networkRate: '19000000',
    windowHours: 168,
  });
});

t.test('a key by retrieval reference is a hash, and says no STAN, time or acquirer', async (t) => {
  const command = new Command();
  command.key.set([0x0110_002a, 0x5ec97349, 0x4876e7ff]);
  command.originalKey.set([0xff40_0001, 7, 0]);
  const told = entries((add) => {
    for (const kind of [COMMAND.reverse, COMMAND.voidRequest]) {
      command.kind = kind;
      add(command);
    }
  });
  for (const entry of told) {
    t.equal(entry.key, '0110002a5ec973494876e7ff');
    const known = ['stan', 'transmitted', 'acquirer', 'originalStan', 'originalTransmitted'] as const;
    t.same([...known, 'originalAcquirer' as const].map((column) => entry[column]).filter(Boolean), []);
  }
  t.equal(told[0]!.originalKey, 'ff4000010000000700000000');
  command.acquirer = 42;
  const [besides] = entries((add) => {
    command.kind = COMMAND.clear;
    add(command);
  });
  t.equal(besides!.acquirer, '42', 'the message tells it beside its key');
});

t.test('funds and changes of cards are spelled out', async (t) => {
  const command = new Command();
  Object.assign(command, { account: 3, counterAccount: 4, amount: 500, currency: 978, windowHours: 24 });
  Object.assign(command, { direction: DIRECTION.in, book: BOOK.funding, fingerprint: 7 });
  writeFundsKey('b7c1', command.key);
  command.token.set([1, 2, 3, 4]);
  Object.assign(command, { expiry: 912, status: CARD_STATUS.frozen, channels: 5, group: 77 });
  const key = Array.from(command.key, (word) => word.toString(16).padStart(8, '0')).join('');
  const told = entries((add) => {
    command.kind = COMMAND.postFunds;
    add(command, { responseCode: 0 });
    command.kind = COMMAND.transferFunds;
    add(command, { responseCode: 51 });
    command.kind = COMMAND.changeCard;
    add(command);
  });
  const row = { tenant: 'lydia', seq: 7, at: '2026-11-25T12:00:00.000Z' };
  const funds = { amount: 500, currency: '978', account: 3, key, windowHours: 24 };
  t.same(told, [
    {
      ...row,
      entry: 1,
      command: 'postFunds',
      responseCode: '00',
      ...funds,
      direction: 'in',
      book: 'funding',
    },
    { ...row, entry: 2, command: 'transferFunds', responseCode: '51', ...funds, counterAccount: 4 },
    {
      ...row,
      entry: 3,
      command: 'changeCard',
      token: '00000001000000020000000300000004',
      expiry: '0912',
      status: CARD_STATUS.frozen,
      channels: 5,
      group: 77,
    },
  ]);
});

t.test('every kind of command has its members, all of them columns', async (t) => {
  const command = new Command();
  const all = entries((add) => {
    for (const kind of Object.values(COMMAND)) {
      command.kind = kind;
      add(command);
    }
  });
  t.same(
    all.map((entry) => entry.command),
    Object.keys(COMMAND),
  );
  for (const entry of all) {
    t.same(
      Object.keys(entry).filter((column) => !(ENTRY_COLUMNS as readonly string[]).includes(column)),
      [],
    );
  }
});
