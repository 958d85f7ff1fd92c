import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Batch, KIND } from '../../parsers/batch.js';
import { type CompiledDialect, HEADER } from '../../parsers/compiled-dialect.js';
import { FIELD_MAX } from '../../parsers/dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { EDITIONS, responseText } from '../../parsers/edition.js';
import { isBcd, isHex } from '../../parsers/encoding.js';
import { RULE, RULES } from '../../parsers/errors.js';
import { CLASS } from '../../parsers/message-key.js';
import { parse } from '../../parsers/reader.js';
import { DECISION_BYTES, ReplyCompletion } from '../../parsers/reply.js';
import { ReplyValues } from '../../parsers/reply-values.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';
import { anyFields, plausibleMessage } from './arbitrary-message.js';
import { byEdition } from './by-edition.js';
import { emptyBatch, place, purchase, read } from './one-message.js';
import { holds } from './property.js';

const MARGIN = 64;
/** What stands around a frame: digits, separators, bits and no bits, each would be taken for content. */
const POISONS = [0x39, 0x3d, 0xff, 0x00];
const UNTOUCHED = 0xa5;

const ALWAYS = [
  'kind',
  'tenant',
  'repeat',
  'rule',
  'refusedField',
  'refusedAt',
  'replyLength',
  'replySplit',
  'replyBitmap',
  'replyAmount',
  'replyAmountDigits',
  'replyBalances',
] as const;
const FINANCIAL = [
  'amount',
  'currency',
  'billing',
  'billingCurrency',
  'rate',
  'cashback',
  'approvalCode',
  'kept',
  'flags',
  'processingCode',
  'mcc',
  'entryMode',
  'expiry',
  'channel',
  'fingerprint',
  'token',
  'key',
  'originalKey',
  'identifiers',
  'entry',
  'traits',
  'country',
  'acquirer',
  'acceptorLength',
] as const;

/** A reply that says all that there is to say. */
const EVERYTHING = Object.assign(new ReplyValues(), {
  responseCode: 10,
  approvalCode: 123_456,
  amount: 1,
  balanceCurrency: 978,
  availableBalance: -1,
  ledgerBalance: 999_999_999_999,
});

type Column = keyof Batch['columns'];

function isDecided(kind: number): boolean {
  return kind === KIND.authorise || kind === KIND.clear || kind === KIND.reverse;
}

function columnsOf(kind: number): readonly Column[] {
  if (kind === KIND.network) return [...ALWAYS, 'networkCode'];
  return isDecided(kind) ? [...ALWAYS, ...FINANCIAL] : ALWAYS;
}

/** Bits that flip, every other one in the header, and a cut or bytes more. */
const damage = fc.record({
  flips: fc.array(fc.tuple(fc.oneof(fc.nat(35), fc.nat()), fc.nat(7)), { maxLength: 4 }),
  cut: fc.option(fc.nat(), { freq: 1 }),
  more: fc.uint8Array({ maxLength: 12 }),
});

function damaged(
  message: Buffer,
  { flips, cut, more }: { flips: [number, number][]; cut: number | null; more: Uint8Array },
) {
  const bytes = Buffer.concat([
    message.subarray(0, cut === null ? message.length : cut % message.length),
    more,
  ]);
  for (const [at, bit] of flips) if (bytes.length > 0) bytes[at % bytes.length]! ^= 1 << bit;
  return bytes;
}

function hostileFrames(dialect: CompiledDialect): fc.Arbitrary<Uint8Array> {
  const anything = fc.record({
    mti: fc
      .constantFrom('100', '110', '120', '200', '302', '400', '420', '800')
      .map((mti) => `${dialect.version}${mti}`),
    fields: anyFields(dialect.dialect),
  });
  const plausible = plausibleMessage.map((message) => byEdition(dialect, message));
  const valid = fc.oneof(plausible, anything).map((message) => build(dialect, message));
  const broken = fc.tuple(valid, damage).map(([message, how]) => damaged(message, how));
  return fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: valid },
    { weight: 4, arbitrary: broken },
  );
}

/** Whether a frame of the dialect can break that rule. */
function canBreak({ bitmap, header, table }: CompiledDialect, rule: number): boolean {
  if (rule === RULE.badBitmap) return isHex(bitmap.encoding);
  if (rule === RULE.badHeader) return header === HEADER.base24 || header === HEADER.visa;
  if (rule === RULE.unknownField)
    return table.fields.slice(2, bitmap.bits * bitmap.count).includes(undefined);
  if (rule === RULE.badFiller)
    return table.fields.some((field) => field !== undefined && isBcd(field.encoding));
  return true;
}

/** What was made of a frame, free of where it stood: compared between surroundings. */
function outcome(view: MessageView, batch: Batch, index: number, reply: Uint8Array) {
  const located: [number, number, number, number][] = [];
  for (let field = 0; field <= FIELD_MAX; field++) {
    if (!view.has(field)) continue;
    located.push([
      field,
      view.starts[field]! - view.start,
      view.offsets[field]! - view.start,
      view.lengths[field]!,
    ]);
  }
  const columns = columnsOf(batch.columns.kind[index]!).map((name) => {
    const column = batch.columns[name];
    const width = column.length / batch.shape.messages;
    return [name, ...column.subarray(index * width, (index + 1) * width)];
  });
  const { mti, highest, rule, field, offset } = view;
  return { mti, highest, rule, field, offset, located, columns, reply: Buffer.from(reply).toString('hex') };
}

/** Reads a frame amid `poison`, in a batch that holds `poison` from before, and completes its reply. */
function readAmid(
  view: MessageView,
  dialect: CompiledDialect,
  frame: Uint8Array,
  poison: number,
  margin: number,
) {
  const batch = emptyBatch(3, frame.length + 2 * margin);
  new Uint8Array(batch.shared).fill(poison);
  batch.count = 3;
  batch.replies.fill(UNTOUCHED);
  place(batch, 1, margin, frame);
  // Either way of knowing a message, but the same for the same frame.
  read(view, batch, 1, dialect, 0, frame.length % 4 === 0 ? 'retrieval' : 'transmission');

  const outside = [...batch.replies.subarray(0, margin), ...batch.replies.subarray(margin + frame.length)];
  assert.ok(
    outside.every((byte) => byte === UNTOUCHED),
    'a reply stays where its frame is',
  );
  assert.ok(batch.columns.replyLength[1]! <= frame.length, 'a prepared reply is no longer than its frame');
  if (batch.columns.kind[1] === KIND.drop) {
    assert.equal(batch.columns.replyLength[1], 0);
    return outcome(view, batch, 1, new Uint8Array(0));
  }
  const target = new Uint8Array(frame.length + DECISION_BYTES + 2 * MARGIN).fill(UNTOUCHED);
  const reply = isDecided(batch.columns.kind[1]!) ? EVERYTHING : new ReplyValues().answer(30, 0);
  const length = new ReplyCompletion(dialect, 0).complete(batch, 1, reply, target, MARGIN);
  assert.ok(length <= frame.length + DECISION_BYTES, 'a reply is at most its frame and the decision');
  const beside = [...target.subarray(0, MARGIN), ...target.subarray(MARGIN + length)];
  assert.ok(
    beside.every((byte) => byte === UNTOUCHED),
    'nothing is written beside the reply',
  );
  return outcome(view, batch, 1, target.subarray(MARGIN, MARGIN + length));
}

for (const dialect of DIALECT_NAMES.map(dialectByName)) {
  t.test(`${dialect.name}: any bytes at all are read or refused, whatever surrounds them`, async (t) => {
    const used = new MessageView();
    const before = build(dialect, byEdition(dialect, purchase()));
    const rules = new Set<number>();
    const kinds = new Set<number>();
    const surroundings = fc.tuple(fc.constantFrom(...POISONS), fc.constantFrom(...POISONS), fc.nat(MARGIN));
    const property = fc.property(hostileFrames(dialect), surroundings, (frame, [poison, other, margin]) => {
      const view = new MessageView();
      const result = readAmid(view, dialect, frame, poison, MARGIN);
      for (const [, start, offset, length] of result.located) {
        assert.ok(
          start >= 0 && offset >= start && offset + length <= frame.length,
          'a field lies in its frame',
        );
      }
      assert.ok(result.offset >= 0 && result.offset <= frame.length, 'a refusal lies in its frame');
      assert.equal(view.rule === RULE.none, view.error().code === RULES[RULE.none].code);

      parse(used, dialect, before, 0, before.length);
      assert.deepEqual(readAmid(used, dialect, frame, other, margin), result);
      rules.add(view.rule);
      kinds.add(result.columns[0]![1] as number);
    });
    // A bit that flips in a hexadecimal bitmap seldom makes another digit of it.
    holds(t, property, isHex(dialect.bitmap.encoding) ? 3000 : 800);
    const reachable = Object.values(RULE).filter((rule) => canBreak(dialect, rule));
    t.strictSame(
      [...rules].sort((a, b) => a - b),
      reachable,
      'every rule was met',
    );
    t.strictSame([...kinds].sort(), Object.values(KIND).sort(), 'every kind was met');
  });

  t.test(
    `${dialect.name}: a completed reply is itself a message that carries what the request had`,
    async (t) => {
      const completion = new ReplyCompletion(dialect, 0);
      const property = fc.property(hostileFrames(dialect), fc.nat(999_999), (frame, approval) => {
        const batch = emptyBatch(1, frame.length);
        place(batch, 0, 0, frame);
        const request = new MessageView();
        read(request, batch, 0, dialect);
        if (batch.columns.kind[0] === KIND.drop) return;
        const target = new Uint8Array(frame.length + DECISION_BYTES);
        const length = completion.complete(batch, 0, new ReplyValues().answer(96, approval), target, 0);
        const reply = new MessageView();
        assert.ok(parse(reply, dialect, target, 0, length), 'it can be read');
        assert.equal(Math.floor(reply.mti / 10) % 2, 1, 'it is a response');
        assert.equal(reply.text(39), responseText(EDITIONS[dialect.version]!, CLASS.authorisation, 96));
        assert.equal(reply.text(38), approval === 0 ? '' : String(approval).padStart(6, '0'));
        if (request.has(11))
          assert.equal(reply.text(11), request.text(11), 'a STAN that was located is echoed');
        for (let field = 2; field <= reply.highest; field++) {
          if (field === 38 || field === 39 || !reply.has(field)) continue;
          assert.equal(reply.text(field), request.text(field));
        }
      });
      holds(t, property, 600);
    },
  );
}
