import fc from 'fast-check';
import t from 'tap';
import {
  ACCEPTOR_BYTES,
  COMMAND,
  Command,
  Decision,
  ENTRY,
  FLAG,
  KEPT_NOTHING,
  MARK,
  TRAIT,
} from '../../ledger/command.js';
import { InvariantError } from '../../ledger/invariant-error.js';
import {
  BODY_HEADER_BYTES,
  BODY_VERSION,
  BodyReader,
  ENTRY_BYTES_MAX,
  writeBodyHeader,
  writeEntry,
} from '../../ledger/journal-body.js';
import { holds } from '../parsers/property.js';
import type { Kind } from './commands.js';

/** The members of each kind that the journal keeps; the others are not of that kind. */
const MESSAGE = [
  'key',
  'fingerprint',
  'token',
  'amount',
  'currency',
  'processingCode',
  'mcc',
  'entryMode',
  'identifiers',
  'expiry',
  'channels',
  'flags',
  'entry',
  'traits',
  'country',
  'acquirer',
  'acceptorLength',
  'acceptor',
  'windowHours',
  'originalKey',
  'billing',
  'billingCurrency',
  'rate',
  'cashback',
  'approvalCode',
  'kept',
  'asked',
  'verdict',
  'askedMs',
  'verdictAmount',
] as const;
const FUNDS = ['key', 'fingerprint', 'windowHours', 'account', 'amount', 'currency'] as const;
const MEMBERS: Record<Kind, readonly (keyof Command)[]> = {
  setLimits: ['currency', 'channels', 'perTransaction', 'perDay', 'perDayCount'],
  openAccount: ['account', 'currency', 'overdraft'],
  issueCard: ['token', 'account', 'expiry', 'status', 'channels'],
  aliasCard: ['token', 'originalToken'],
  credit: ['account', 'currency', 'amount'],
  authorise: MESSAGE,
  clear: MESSAGE,
  reverse: MESSAGE,
  voidRequest: ['key'],
  expireHold: ['key'],
  advanceTime: [],
  setHoldRule: ['mcc', 'mccTo', 'holdMinutes', 'estimateMinutes', 'tolerance', 'toleranceAmount'],
  setRate: ['currency', 'billingCurrency', 'rate', 'exponents', 'spread'],
  changeCard: ['token', 'expiry', 'status', 'channels', 'group'],
  issueToken: ['token', 'originalToken', 'expiry', 'status', 'channels'],
  postFunds: [...FUNDS, 'direction', 'mayOverdraw', 'book'],
  transferFunds: [...FUNDS, 'counterAccount'],
  setOverdraft: ['account', 'overdraft'],
  setHolder: ['account', 'holder'],
  setRules: ['level', 'entity', 'program'],
};
const DECIDED: readonly Kind[] = ['authorise', 'clear', 'reverse'];
/** Of which only the answer is kept. */
const ANSWERED: readonly Kind[] = ['postFunds', 'transferFunds'];

interface Entry {
  readonly command: Command;
  readonly decision: Decision;
}

const uint = (bits: number) => fc.oneof(fc.constantFrom(0, 2 ** bits - 1), fc.nat({ max: 2 ** bits - 1 }));
const words = (count: number) =>
  fc.array(uint(32), { minLength: count, maxLength: count }).map((array) => Uint32Array.from(array));

const entry: fc.Arbitrary<Entry> = fc
  .record({
    kind: fc.constantFrom(...Object.values(COMMAND)),
    amount: uint(53),
    currency: uint(16),
    account: uint(32),
    expiry: uint(16),
    channels: uint(8),
    status: uint(8),
    perTransaction: uint(53),
    perDay: uint(53),
    perDayCount: uint(32),
    fingerprint: uint(32),
    processingCode: uint(24),
    mcc: uint(16),
    entryMode: uint(16),
    token: words(4),
    originalToken: words(4),
    key: words(3),
    originalKey: words(3),
    identifiers: fc.uint8Array({ minLength: 35, maxLength: 35 }),
    flags: uint(7),
    entry: uint(8),
    traits: uint(16),
    country: uint(16),
    acquirer: fc.nat({ max: 99_999_999_999 }),
    merchant: fc.uint8Array({ maxLength: ACCEPTOR_BYTES }),
    windowHours: uint(16),
    billing: uint(40),
    billingCurrency: fc.constantFrom(0, 840, 978),
    rate: fc.nat({ max: 99_999_999 }),
    spread: uint(16),
    exponents: fc.integer({ min: -4, max: 4 }),
    cashback: fc.oneof(fc.constant(0), uint(40)),
    approvalCode: fc.oneof(fc.constant(0), fc.nat({ max: 999_999 })),
    kept: fc.oneof(fc.constant(KEPT_NOTHING), uint(40)),
    overdraft: uint(53),
    mccTo: uint(16),
    holdMinutes: uint(32),
    estimateMinutes: uint(32),
    tolerance: uint(16),
    toleranceAmount: uint(32),
    group: uint(32),
    holder: uint(32),
    counterAccount: uint(32),
    direction: uint(1),
    mayOverdraw: uint(1),
    book: uint(8),
    asked: fc.nat({ max: 5 }),
    verdict: uint(7),
    askedMs: uint(16),
    verdictAmount: uint(40),
    level: uint(8),
    entity: uint(32),
    program: fc.string({ unit: 'binary', maxLength: 30 }),
    decided: fc.record({
      responseCode: uint(7),
      approvalCode: fc.nat({ max: 999_999 }),
      marks: uint(7),
      billed: fc.oneof(fc.constant(0), uint(40)),
      rate: fc.nat({ max: 99_999_999 }),
      rule: fc.oneof(fc.constant(0), uint(32)),
      shadowRule: fc.oneof(fc.constant(0), uint(32)),
    }),
  })
  .map(({ decided, merchant, ...members }) => {
    const command = withoutStrayBilling(Object.assign(new Command(), members));
    command.acceptor.set(merchant);
    command.acceptorLength = merchant.length;
    // A rate means nothing where nothing else than the amount was billed.
    const decision = Object.assign(new Decision(), decided);
    if (decision.billed === command.amount) Object.assign(decision, { billed: 0, rate: 0 });
    return { command, decision };
  });

/** DE6 and DE10 mean nothing without DE51, nor what was decided by who was not asked. */
function withoutStrayBilling(command: Command): Command {
  if (command.asked === 0) Object.assign(command, { verdict: 0, askedMs: 0, verdictAmount: 0 });
  if (command.billingCurrency !== 0 || command.kind === COMMAND.setRate) return command;
  return Object.assign(command, { billing: 0, rate: 0 });
}

function write(entries: readonly Entry[]): Buffer {
  const body = Buffer.alloc(BODY_HEADER_BYTES + entries.length * ENTRY_BYTES_MAX);
  writeBodyHeader(body, 0, entries.length, 0x01234567, 0x89abcdef);
  let to = BODY_HEADER_BYTES;
  for (const { command, decision } of entries) {
    const from = to;
    to = writeEntry(body, from, command, decision);
    if (to - from > ENTRY_BYTES_MAX) throw new Error(`an entry of kind ${command.kind} takes ${to - from}`);
  }
  return body.subarray(0, to);
}

/** What the journal says of an entry, as plain values to compare. */
function shown({ command, decision }: Entry): unknown[] {
  const kind = (Object.keys(COMMAND) as Kind[]).find((name) => COMMAND[name] === command.kind)!;
  const { responseCode, approvalCode, marks, billed, rate, rule, shadowRule } = decision;
  const decided = DECIDED.includes(kind)
    ? [responseCode, approvalCode, marks, billed, rate, rule, shadowRule]
    : [ANSWERED.includes(kind) ? responseCode : 0, 0, 0, 0, 0];
  const told = (member: keyof Command) =>
    // What a longer one left behind is not of it.
    member === 'acceptor' ? command.acceptor.subarray(0, command.acceptorLength) : command[member];
  return [kind, ...MEMBERS[kind].map((member) => String(told(member))), ...decided];
}

function read(body: Buffer): unknown[][] {
  const reader = new BodyReader(new Command(), new Decision());
  const entries: unknown[][] = [];
  reader.open(body);
  while (reader.next()) entries.push(shown(reader));
  return entries;
}

/** The error that reading ends with; any but the ledger's own is thrown on. */
function refusal(body: Buffer): InvariantError | undefined {
  try {
    read(body);
    return undefined;
  } catch (error) {
    if (error instanceof InvariantError) return error;
    throw error;
  }
}

t.test('entries of every kind are read as they were written, to their largest values', async (t) => {
  holds(
    t,
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const expected = JSON.stringify(entries.map(shown));
      if (JSON.stringify(read(write(entries))) !== expected) throw new Error('another entry was read');
    }),
    500,
  );
});

const oneOfEach = fc
  .tuple(...Object.values(COMMAND).map((kind) => entry.map((one) => withKind(one, kind))))
  .map((entries) => entries as Entry[]);

function withKind({ command, decision }: Entry, kind: number): Entry {
  return { command: withoutStrayBilling(Object.assign(new Command(), command, { kind })), decision };
}

t.test('a body cut off at any byte, or with one more, is refused', async (t) => {
  holds(
    t,
    fc.property(oneOfEach, (entries) => {
      const body = write(entries);
      for (let length = 0; length < body.length; length++) {
        if (!refusal(body.subarray(0, length)))
          throw new Error(`${length} of ${body.length} bytes were read`);
      }
      if (!refusal(Buffer.concat([body, Buffer.of(0)]))) throw new Error('a byte too many was read');
    }),
    20,
  );
});

t.test('bytes changed at random are refused or read as entries, and nothing else happens', async (t) => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
  let refused = 0;
  let readable = 0;
  holds(
    t,
    fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), changes, (entries, all) => {
      const body = Buffer.from(write(entries));
      for (const [at, byte] of all) body[at % body.length] = byte;
      if (refusal(body)) refused++;
      else readable++;
    }),
    2000,
  );
  t.ok(refused > 0 && readable > 0, `${refused} refused, ${readable} read`);
});

t.test('bytes that were never a body are refused', async (t) => {
  holds(
    t,
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const body = Buffer.from(bytes);
      if (body.length > 0) body[0] = BODY_VERSION;
      if (!refusal(body) && body.readUInt32BE(1) !== 0) throw new Error('entries were read from noise');
    }),
    1000,
  );
});

t.test('a refusal says what is wrong', async (t) => {
  const header = (version: number, entries: number) => [version, 0, 0, 0, entries, 0, 0, 0, 0, 0, 0, 0, 0];
  t.match(refusal(Buffer.from(header(4, 0)))?.message, /version 4, not 3/);
  t.match(refusal(Buffer.alloc(0))?.message, /version none/);
  t.match(refusal(Buffer.from([...header(BODY_VERSION, 1), 99]))?.message, /kind 99/);
  t.match(refusal(Buffer.from(header(BODY_VERSION, 1)))?.message, /ends inside an entry/);
  t.match(refusal(Buffer.from([...header(BODY_VERSION, 0), 0]))?.message, /goes on after its last entry/);
  const command = Object.assign(new Command(), { kind: 99 });
  const target = Buffer.alloc(ENTRY_BYTES_MAX);
  t.throws(() => writeEntry(target, 0, command, new Decision()), { code: 'HF_LEDGER_INVARIANT' });
});

t.test('the bytes of a hold are those that the description of the journal names', async (t) => {
  const command = new Command();
  Object.assign(command, {
    kind: COMMAND.authorise,
    fingerprint: 0x01020304,
    amount: 2 ** 32 + 5,
    currency: 978,
    processingCode: 3000,
    mcc: 5411,
    entryMode: 71,
    expiry: 2612,
    channels: 2,
    flags: FLAG.estimated,
    billing: 2 ** 32 + 10,
    billingCurrency: 840,
    rate: 0x32000000,
    cashback: 1000,
    approvalCode: 7777,
    entry: ENTRY.chip,
    traits: TRAIT.cardPresent | TRAIT.cardholderPresent | TRAIT.pin | TRAIT.strongAuthentication,
    country: 250,
    acquirer: 12_345,
    acceptorLength: 5,
  });
  command.acceptor.set(Buffer.from('CAFE '));
  command.key.set([1, 2, 3]);
  command.token.set([4, 5, 6, 7]);
  command.identifiers.fill(0x20);
  const rules = { rule: 258, shadowRule: 772 };
  const decided = { approvalCode: 611_954, marks: MARK.converted, billed: 2000, rate: 0x31500000, ...rules };
  const body = write([{ command, decision: Object.assign(new Decision(), decided) }]);
  const expected = [
    '03 00000001 0123456789abcdef 06 000000010000000200000003 01020304',
    `00000004000000050000000600000007 0000000100000005 03d2 000bb8 1523 0047 ${'20'.repeat(35)}`,
    '0a34 02 08 00a8 03 000f 00fa ee 000000010000000a 0348 32000000 00000000000003e8 001e61',
    '0000003039 05 4341464520',
    '00 81 095672 00000000000007d0 31500000 00000102 00000304',
  ];
  t.equal(body.toString('hex'), expected.join('').replaceAll(' ', ''));
});

t.test('the acquirer is written beside a key that does not tell it, and only there', async (t) => {
  const lengthOf = (members: Partial<Command>, key: readonly number[]) => {
    const command = Object.assign(new Command(), { kind: COMMAND.clear, ...members });
    command.key.set(key);
    const body = write([{ command, decision: new Decision() }]);
    t.equal(read(body)[0]![1 + MESSAGE.indexOf('acquirer')], String(command.acquirer));
    return body.length;
  };
  const plain = lengthOf({}, [1, 0, 0]);
  t.equal(lengthOf({ acquirer: 99_999_999_999 }, [1, 23 << 26, 0x4876e7ff]), plain, 'as the key has it');
  t.equal(lengthOf({ acquirer: 5 }, [0x01000001, 0, 5]), plain + 5, 'the key is a hash');
  t.equal(lengthOf({}, [0x01000001, 0, 5]), plain, 'none');
  t.equal(lengthOf({ acquirer: 6 }, [1, 0, 5]), plain + 5, 'another than in the key');
});

t.test('a longer text of DE43 than there can be is refused', async (t) => {
  const command = Object.assign(new Command(), { kind: COMMAND.authorise, acceptorLength: 1 });
  command.acceptor.set([0x7e]);
  const body = write([{ command, decision: new Decision() }]);
  body[body.lastIndexOf(Buffer.of(1, 0x7e))] = ACCEPTOR_BYTES + 1;
  t.match(refusal(body)?.message, /41 bytes of DE43/);
});

t.test('bodies of the second version are still read, and tell nothing of the point of service', async (t) => {
  const message = `00000001 02030405 01020304 00000004000000050000000600000007 0000000100000005 03d2 000bb8 1523 0047`;
  const body = [
    `02 00000002 0123456789abcdef`,
    `06 00000009 ${message} ${'20'.repeat(35)} 0a34 02 08 00a8 0c 00000000000003e8 001e61 0a 00 095672`,
    `07 00000008 ${message} ${'20'.repeat(35)} 0000 00 00 0018 11 000000090000000102030405 0000000000000064 0c 00 000000`,
  ];
  const entries = read(Buffer.from(body.join('').replaceAll(' ', ''), 'hex'));
  const member = (index: number, name: (typeof MESSAGE)[number]) =>
    entries[index]![1 + MESSAGE.indexOf(name)];
  t.match(entries[0], ['authorise', '9,1,33752069']);
  t.same([member(0, 'cashback'), member(0, 'approvalCode')], ['1000', '7777']);
  t.same(entries[0]!.slice(-7), [10, 611_954, 0, 0, 0, 0, 0]);
  t.same([member(1, 'kept'), member(1, 'originalKey')], ['100', '9,1,33752069']);
  for (const index of [0, 1])
    for (const name of ['entry', 'traits', 'country', 'acquirer', 'acceptorLength'] as const)
      t.equal(member(index, name), '0', name);
});

t.test('bodies of the first version are still read', async (t) => {
  const message = `00000001 02030405 01020304 00000004000000050000000600000007 0000000100000005 03d2 000bb8 1523 0047`;
  const body = [
    `01 00000003 02 00000007 03d2 06 00000009 ${message} ${'20'.repeat(35)} 0a34 02 00 095672`,
    `07 00000008 ${message} ${'20'.repeat(35)} 000000090000000102030405 0c 000000`,
  ];
  const entries = read(Buffer.from(body.join('').replaceAll(' ', ''), 'hex'));
  t.match(entries[0], ['openAccount', '7', '978', '0']);
  t.match(entries[1], ['authorise', '9,1,33752069']);
  t.same(entries[1]?.slice(-7), [0, 611_954, 0, 0, 0, 0, 0]);
  t.match(entries[2], ['reverse', '8,1,33752069']);
  t.ok(entries[2]?.includes('9,1,33752069'), 'the original of a reversal');
  t.equal(entries[2]?.[MESSAGE.indexOf('kept') + 1], String(KEPT_NOTHING), 'a full one');
  t.same(entries[2]?.slice(-7), [12, 0, 0, 0, 0, 0, 0]);
});
