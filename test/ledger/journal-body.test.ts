import fc from 'fast-check';
import t from 'tap';
import { COMMAND, Command, Decision } from '../../ledger/command.js';
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
] as const;
const MEMBERS: Record<Kind, readonly (keyof Command)[]> = {
  setLimits: ['currency', 'channels', 'perTransaction', 'perDay', 'perDayCount'],
  openAccount: ['account', 'currency'],
  issueCard: ['token', 'account', 'expiry', 'status', 'channels'],
  aliasCard: ['token', 'originalToken'],
  credit: ['account', 'currency', 'amount'],
  authorise: [...MESSAGE, 'expiry', 'channels'],
  reverse: [...MESSAGE, 'originalKey'],
  voidAuthorisation: ['key'],
};
const DECIDED: readonly Kind[] = ['authorise', 'reverse'];

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
    responseCode: uint(7),
    approvalCode: fc.nat({ max: 999_999 }),
  })
  .map(({ responseCode, approvalCode, ...members }) => ({
    command: Object.assign(new Command(), members),
    decision: Object.assign(new Decision(), { responseCode, approvalCode }),
  }));

function write(entries: readonly Entry[]): Buffer {
  const body = Buffer.alloc(BODY_HEADER_BYTES + entries.length * ENTRY_BYTES_MAX);
  writeBodyHeader(body, 0, entries.length);
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
  const { responseCode, approvalCode } = decision;
  const decided = DECIDED.includes(kind) ? [responseCode, approvalCode] : [0, 0];
  return [kind, ...MEMBERS[kind].map((member) => String(command[member])), ...decided];
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
  return { command: Object.assign(new Command(), command, { kind }), decision };
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
  const unknownVersion = Buffer.from([BODY_VERSION + 1, 0, 0, 0, 0]);
  t.match(refusal(unknownVersion)?.message, /version 2, not 1/);
  t.match(refusal(Buffer.alloc(0))?.message, /version none/);
  const unknownKind = Buffer.from([BODY_VERSION, 0, 0, 0, 1, 99]);
  t.match(refusal(unknownKind)?.message, /kind 99/);
  t.match(refusal(Buffer.from([BODY_VERSION, 0, 0, 0, 1]))?.message, /ends inside an entry/);
  t.match(refusal(Buffer.from([BODY_VERSION, 0, 0, 0, 0, 0]))?.message, /goes on after its last entry/);
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
  });
  command.key.set([1, 2, 3]);
  command.token.set([4, 5, 6, 7]);
  command.identifiers.fill(0x20);
  const body = write([{ command, decision: Object.assign(new Decision(), { approvalCode: 611_954 }) }]);
  const expected = [
    '01 00000001 06 000000010000000200000003 01020304 00000004000000050000000600000007',
    `0000000100000005 03d2 000bb8 1523 0047 ${'20'.repeat(35)} 0a34 02 00 095672`,
  ];
  t.equal(body.toString('hex'), expected.join('').replaceAll(' ', ''));
});
