import t, { type Test } from 'tap';
import { type Batch, CHANNEL, KIND, NO_TENANT, TOKEN_WORDS } from '../../parsers/batch.js';
import { RULE } from '../../parsers/errors.js';
import { PanTokeniser } from '../../parsers/pan-token.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';
import {
  ascii,
  emptyBatch,
  place,
  purchase,
  read,
  readOne,
  replyTo,
  reversal,
  TOKEN_KEY,
} from './one-message.js';

const kindOf = (batch: Batch) => batch.columns.kind[0];
const tokenIn = (batch: Batch) => [...batch.columns.token.subarray(0, TOKEN_WORDS)];

function tokenOf(pan: string): number[] {
  const words = new Uint32Array(TOKEN_WORDS);
  new PanTokeniser(TOKEN_KEY).write(Buffer.from(pan), words, 0);
  return [...words];
}

/** Asserts a refusal at byte `within` of the field's value, or at the message's end where the field is absent. */
function refused(t: Test, message: MessageText, rule: number, field: number, within = 0): void {
  const frame = build(ascii, message);
  const view = new MessageView();
  if (!parse(view, ascii, frame, 0, frame.length)) throw view.error();
  const at = view.has(field) ? view.offsets[field]! + within : frame.length;
  const { kind, rule: noted, refusedField, refusedAt } = readOne(message).columns;
  t.same(
    [kind[0], noted[0], refusedField[0], refusedAt[0]],
    [KIND.formatError, rule, field, at],
    `field ${field} is refused at its byte ${within}`,
  );
}

t.test('a purchase is an authorisation, with all of its columns', async (t) => {
  const batch = readOne(purchase());
  const { columns } = batch;
  t.equal(kindOf(batch), KIND.authorise);
  t.same([columns.rule[0], columns.refusedField[0], columns.refusedAt[0]], [RULE.none, 0, 0]);
  t.equal(columns.tenant[0], 3);
  t.equal(columns.amount[0], 1234);
  t.equal(columns.currency[0], 978);
  t.equal(columns.processingCode[0], 0);
  t.equal(columns.mcc[0], 5812);
  t.equal(columns.entryMode[0], 51);
  t.equal(columns.expiry[0], 3012);
  t.equal(columns.channel[0], CHANNEL.pos);
  t.equal(columns.repeat[0], 0);
  t.same(tokenIn(batch), tokenOf('9999010012345678'));
  t.equal(Buffer.from(columns.identifiers).toString(), 'RRN000000042TERM0001MERCHANT 000001 ');
});

t.test('what a purchase may leave out reads as none', async (t) => {
  const none = { 12: undefined, 13: undefined, 14: undefined, 18: undefined, 22: undefined, 25: undefined };
  const batch = readOne(purchase({ ...none, 32: undefined, 37: undefined, 41: undefined, 42: undefined }));
  const { columns } = batch;
  t.equal(kindOf(batch), KIND.authorise);
  t.same([columns.mcc[0], columns.entryMode[0], columns.expiry[0]], [0, 0, 0]);
  t.equal(columns.channel[0], CHANNEL.pos);
  t.equal(Buffer.from(columns.identifiers).toString(), ' '.repeat(36));
});

t.test('the largest amount is read exactly', async (t) => {
  const batch = readOne(purchase({ 4: '999999999999' }));
  t.equal(kindOf(batch), KIND.authorise);
  t.equal(batch.columns.amount[0], 999_999_999_999);
});

t.test('the message type decides who answers', async (t) => {
  const types: readonly (readonly [mti: string, kind: number, repeat: number])[] = [
    ['0100', KIND.authorise, 0],
    ['0101', KIND.authorise, 1],
    ['0102', KIND.authorise, 0],
    ['0103', KIND.authorise, 1],
    ['0105', KIND.authorise, 1],
    ['0106', KIND.unsupported, 0],
    ['0109', KIND.unsupported, 0],
    ['0120', KIND.authorise, 0],
    ['0121', KIND.authorise, 1],
    ['0123', KIND.authorise, 1],
    ['0140', KIND.unsupported, 0],
    ['0160', KIND.unsupported, 0],
    ['0200', KIND.clear, 0],
    ['0201', KIND.clear, 1],
    ['0220', KIND.clear, 0],
    ['0221', KIND.clear, 1],
    ['0226', KIND.unsupported, 0],
    ['0240', KIND.unsupported, 0],
    ['0302', KIND.unsupported, 0],
    ['0400', KIND.reverse, 0],
    ['0420', KIND.reverse, 0],
    ['0421', KIND.reverse, 1],
    ['0440', KIND.unsupported, 0],
    ['0500', KIND.unsupported, 0],
    ['0000', KIND.unsupported, 0],
    ['0110', KIND.drop, 0],
    ['0130', KIND.drop, 0],
    ['0210', KIND.drop, 0],
    ['0230', KIND.drop, 0],
    ['0410', KIND.drop, 0],
    ['0810', KIND.drop, 0],
  ];
  for (const [mti, kind, repeat] of types) {
    const { columns } = readOne(purchase({}, mti));
    t.equal(columns.kind[0], kind, `${mti}: kind`);
    t.equal(columns.repeat[0], repeat, `${mti}: repeat`);
    t.equal(columns.rule[0], kind === KIND.drop ? RULE.unexpectedResponse : RULE.none, `${mti}: rule`);
  }
  t.same([kindOf(readOne(reversal())), readOne(reversal()).columns.repeat[0]], [KIND.reverse, 0]);
  const repeat = readOne(reversal({}, '0401'));
  t.same([kindOf(repeat), repeat.columns.repeat[0]], [KIND.reverse, 1]);
});

t.test('a reply is of the type that its request asks for', async (t) => {
  for (const [request, response] of [
    ['0100', '0110'],
    ['0101', '0110'],
    ['0102', '0112'],
    ['0103', '0112'],
    ['0121', '0130'],
    ['0401', '0410'],
    ['0421', '0430'],
    ['0200', '0210'],
    ['0220', '0230'],
    ['0123', '0132'],
  ] as const) {
    const reply = replyTo(readOne(purchase({}, request)), ascii, 0, 0);
    t.equal(reply.toString('latin1', 0, 4), response);
  }
});

t.test('network management says which', async (t) => {
  for (const [code, number] of [
    ['001', 1],
    ['002', 2],
    ['301', 301],
  ] as const) {
    const { columns } = readOne({ mti: '0800', fields: { 7: '0607110000', 11: '000001', 70: code } });
    t.same([columns.kind[0], columns.networkCode[0], columns.tenant[0]], [KIND.network, number, NO_TENANT]);
  }
  refused(t, { mti: '0800', fields: { 11: '000001' } }, RULE.missingField, 70);
  refused(t, { mti: '0800', fields: { 70: '301' } }, RULE.missingField, 11);
});

t.test('debits, credits and inquiries are understood; transfers and payments are not', async (t) => {
  for (const code of ['000000', '003000', '010000', '090000', '020000', '190000', '200000', '290000']) {
    t.equal(kindOf(readOne(purchase({ 3: code }))), KIND.authorise, code);
    t.equal(kindOf(readOne(purchase({ 3: code }, '0200'))), KIND.clear, code);
  }
  for (const code of ['400000', '500000', '920000', '990000']) {
    for (const mti of ['0100', '0200']) {
      const batch = readOne(purchase({ 3: code }, mti));
      t.equal(kindOf(batch), KIND.unsupported, `${mti} ${code}`);
      t.equal(batch.columns.tenant[0], 3, 'it still counts for its tenant');
      t.equal(batch.columns.rule[0], RULE.none, 'nothing is wrong with it');
    }
  }
});

t.test('an amount of zero asks about the card: an authorisation of nothing', async (t) => {
  const batch = readOne(purchase({ 4: '000000000000' }));
  t.same([kindOf(batch), batch.columns.amount[0], batch.columns.currency[0]], [KIND.authorise, 0, 978]);
});

t.test('where the card and the merchant met', async (t) => {
  const channels: readonly (readonly [what: string, fields: Record<number, string>, channel: number])[] = [
    ['chip in a shop', { 22: '051' }, CHANNEL.pos],
    ['magnetic stripe in a shop', { 22: '021' }, CHANNEL.pos],
    ['contactless chip', { 22: '071' }, CHANNEL.contactless],
    ['contactless stripe data', { 22: '911' }, CHANNEL.contactless],
    ['typed by a clerk', { 22: '011' }, CHANNEL.pos],
    ['mail or telephone order', { 22: '010', 25: '08' }, CHANNEL.moto],
    ['internet by its entry mode', { 22: '812' }, CHANNEL.ecommerce],
    ['internet by its condition', { 22: '010', 25: '59' }, CHANNEL.ecommerce],
    ['cash by its processing code', { 3: '010000', 22: '051' }, CHANNEL.atm],
    ['cash by its merchant type', { 18: '6011', 22: '051' }, CHANNEL.atm],
    ['contactless cash', { 3: '010000', 22: '071' }, CHANNEL.atm],
    ['cashback in a shop', { 3: '090000', 22: '051' }, CHANNEL.pos],
  ];
  for (const [what, fields, channel] of channels) {
    t.equal(readOne(purchase(fields)).columns.channel[0], channel, what);
  }
});

t.test('the PAN is in DE2, else in track 2 before the separator', async (t) => {
  const expected = tokenOf('9999020012345678');
  for (const track of [
    '9999020012345678=30121010000',
    '9999020012345678D30121010000',
    '9999020012345678==',
  ]) {
    const batch = readOne(purchase({ 2: undefined, 35: track }));
    t.equal(kindOf(batch), KIND.authorise);
    t.same(tokenIn(batch), expected, `track of ${track.length}`);
    t.equal(batch.columns.tenant[0], 5);
  }
  t.same(
    tokenIn(readOne(purchase({ 35: '9999020012345678=3012' }))),
    tokenOf('9999010012345678'),
    'DE2 goes first',
  );
  t.same(tokenIn(readOne(purchase({ 2: '99990100' }))), tokenOf('99990100'), 'of 8 digits');
  t.same(
    tokenIn(readOne(purchase({ 2: '9999010012345678901' }))),
    tokenOf('9999010012345678901'),
    'of 19 digits',
  );
});

t.test('a PAN that is none is refused', async (t) => {
  refused(t, purchase({ 2: undefined }), RULE.missingField, 2);
  refused(t, reversal({ 2: undefined }), RULE.missingField, 2);
  refused(t, purchase({ 2: '9999010' }), RULE.badValue, 2);
  refused(t, purchase({ 2: '' }), RULE.badValue, 2);
  refused(t, purchase({ 2: undefined, 35: '=3012' }), RULE.badValue, 35);
  refused(t, purchase({ 2: undefined, 35: '' }), RULE.badValue, 35);
  refused(t, purchase({ 2: undefined, 35: `${'9'.repeat(20)}=3012` }), RULE.badValue, 35);
  refused(t, purchase({ 2: undefined, 35: '9'.repeat(37) }), RULE.badValue, 35);
});

t.test('the expiry is DE14, else what track 2 says, else none', async (t) => {
  const expiry = (fields: Record<number, string | undefined>) => readOne(purchase(fields)).columns.expiry[0];
  const track = '9999010012345678=29111010000';
  t.equal(expiry({ 14: '0001' }), 1);
  t.equal(expiry({ 14: '3012', 35: track }), 3012);
  t.equal(expiry({ 14: undefined, 35: track }), 2911);
  t.equal(expiry({ 14: undefined, 35: '9999010012345678==1010000' }), 0, 'a second separator: no date');
  t.equal(expiry({ 14: undefined, 35: '9999010012345678=291' }), 0, 'cut short: no date');
  t.equal(expiry({ 14: undefined, 35: '9999010012345678=' }), 0);
  t.equal(expiry({ 14: undefined }), 0);
  refused(t, purchase({ 14: '3013' }), RULE.badValue, 14);
  refused(t, purchase({ 14: '3000' }), RULE.badValue, 14);
  refused(t, purchase({ 14: undefined, 35: '9999010012345678=2913101' }), RULE.badValue, 35);
  refused(t, purchase({ 14: undefined, 35: '9999010012345678=29=1101' }), RULE.badValue, 35, 19);
});

t.test('a card belongs to the tenant of its first eight digits', async (t) => {
  const tenantOf = (pan: string) => readOne(purchase({ 2: pan })).columns.tenant[0];
  t.equal(tenantOf('9999010012345678'), 3);
  t.equal(tenantOf('9999019912345678'), 3);
  t.equal(tenantOf('9999020012345678'), 5);
  t.equal(tenantOf('9999020112345678'), NO_TENANT);
  t.equal(tenantOf('9999009912345678'), NO_TENANT);
});

t.test('each field that a message type needs is missed by name', async (t) => {
  for (const mti of ['0100', '0120', '0200', '0220']) {
    for (const field of [3, 4, 7, 11, 49])
      refused(t, purchase({ [field]: undefined }, mti), RULE.missingField, field);
    for (const field of [7, 11])
      refused(t, purchase({ 3: '310000', [field]: undefined }, mti), RULE.missingField, field);
  }
  for (const field of [7, 11]) refused(t, reversal({ [field]: undefined }), RULE.missingField, field);
});

t.test('a transmission time that no clock shows is refused', async (t) => {
  for (const time of [
    '0007110000',
    '1307110000',
    '0600110000',
    '0632110000',
    '0607240000',
    '0607116000',
    '0607110060',
  ]) {
    refused(t, purchase({ 7: time }), RULE.badValue, 7);
    refused(t, reversal({ 7: time }), RULE.badValue, 7);
  }
  t.equal(kindOf(readOne(purchase({ 7: '1231235959' }))), KIND.authorise);
});

t.test('a reversal takes what it says of the original, and needs little', async (t) => {
  const { columns } = readOne(reversal());
  t.same([columns.amount[0], columns.currency[0], columns.tenant[0]], [1234, 978, 3]);
  t.same([columns.processingCode[0], columns.mcc[0], columns.entryMode[0]], [0, 5812, 51]);
  const bare = readOne({ mti: '0400', fields: { 2: '9999010012345678', 7: '0607110000', 11: '000042' } });
  t.equal(kindOf(bare), KIND.reverse);
  t.same([bare.columns.amount[0], bare.columns.currency[0]], [0, 0]);
});

t.test('a reversal says what it lets stand of the amount, or that it is of all', async (t) => {
  const rest = '0'.repeat(30);
  const kept = (fields: Record<number, string>) => {
    const { columns } = readOne(reversal(fields));
    return [columns.kind[0], columns.kept[0]];
  };
  t.same(kept({}), [KIND.reverse, -1]);
  t.same(kept({ 95: `000000000000${rest}` }), [KIND.reverse, -1], 'zeros: nothing is left');
  t.same(kept({ 95: `${'0'.repeat(24)}C00000000D00000000` }), [KIND.reverse, -1]);
  for (const actual of [1, 500, 100_000_000_000, 999_999_999_999]) {
    t.same(kept({ 95: String(actual).padStart(12, '0') + rest }), [KIND.reverse, actual], `${actual}`);
  }
  t.equal(readOne(purchase()).columns.kept[0], -1, 'what is not a reversal keeps nothing');
});

t.test('replacement amounts that are no amount are refused at the byte', async (t) => {
  const rest = '0'.repeat(30);
  refused(t, reversal({ 95: `C00000000000${rest}` }), RULE.badValue, 95, 0);
  refused(t, reversal({ 95: `00000000000x${rest}` }), RULE.badValue, 95, 11);
  refused(t, reversal({ 95: `000005O00000${rest}` }), RULE.badValue, 95, 6);
});

t.test('original data elements that would name another message are refused', async (t) => {
  const end = '0000012345600000000000';
  refused(t, reversal({ 90: `1100000042${'0607110000'}${end}` }), RULE.badValue, 90, 0);
  refused(t, reversal({ 90: `0100000042${'9907110000'}${end}` }), RULE.badValue, 90, 10);
  refused(t, reversal({ 90: `0100000042${'0000000000'}${end}` }), RULE.badValue, 90, 10);
  t.equal(
    kindOf(readOne(reversal({ 90: '0'.repeat(42) }))),
    KIND.reverse,
    'zeros: the original is not named',
  );
});

t.test('a refused message is answered with what could be read: its STAN, its card, its tenant', async (t) => {
  const frame = build(ascii, purchase());
  const amount = frame.indexOf('000000001234');
  frame[amount + 3] = 0x58;
  const batch = readOne(frame);
  t.equal(kindOf(batch), KIND.formatError);
  t.same([batch.columns.refusedField[0], batch.columns.refusedAt[0]], [4, amount + 3]);
  t.equal(batch.columns.tenant[0], 3);
  const reply = replyTo(batch, ascii, 30, 0);
  const view = new MessageView();
  t.ok(parse(view, ascii, reply, 0, reply.length));
  t.equal(view.mti, 110);
  t.same([view.text(2), view.text(11), view.text(39)], ['9999010012345678', '000042', '30']);
  t.notOk(view.has(4), 'not the amount that could not be read');
});

t.test('a refusal is not still there for the next message', async (t) => {
  const good = build(ascii, purchase());
  const bad = Buffer.from(good);
  bad[bad.indexOf('000000001234')] = 0x58;
  const batch = emptyBatch(2, good.length + bad.length);
  place(batch, 0, 0, bad);
  place(batch, 1, bad.length, good);
  const view = new MessageView();
  for (const index of [0, 1]) read(view, batch, index, ascii);
  t.same([...batch.columns.kind], [KIND.formatError, KIND.authorise]);
  t.same([...batch.columns.rule], [RULE.badContent, RULE.none]);
  t.same([...batch.columns.refusedField], [4, 0]);
  t.equal(batch.columns.refusedAt[1], 0);
});

t.test('a PAN among the identifiers is hidden, since the journal takes them', async (t) => {
  const of = (fields: Record<number, string>) =>
    Buffer.from(readOne(purchase(fields)).columns.identifiers).toString();
  const short = '99990100123452';
  t.equal(of({ 2: short, 42: short }), 'RRN000000042TERM0001999901****3452  ');
  t.equal(of({ 41: '99990100', 42: '12345678' }), 'RRN000000042999901******5678        ', 'over two fields');
  t.match(of({ 42: '99990100123456' }), /99990100123456/, 'another number is a merchant’s');
});
