import t from 'tap';
import { authorisation, IsoClient, type PackageMessage, pack, reversalOf } from '../iso-client.js';
import { balancesOf } from './balances.js';
import { amount, cashback, clearingOf, DE60, incrementOf, partialReversalOf, repeatOf } from './messages.js';
import { type HeldCard, inquiry, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t, {
  links: [
    { name: 'default', port: 0 },
    { name: 'other', port: 0 },
  ],
});
const WHOLE = { ledger: 100_000, available: 100_000 };
const LARGEST = 999_999_999_999;

/** Sends a message in whose bytes a text, which stands there once, is another of the same length. */
async function askChanged(message: PackageMessage, from: string, to: string): Promise<PackageMessage> {
  const bytes = pack(message);
  const at = bytes.indexOf(from, 'latin1');
  if (at < 0 || bytes.indexOf(from, at + 1, 'latin1') >= 0) throw new Error(`${from} is not there once`);
  bytes.write(to, at, 'latin1');
  const reply = system.client.expect(message);
  system.client.socket.write(bytes);
  return reply;
}

async function held(card: HeldCard, minor: number, changes: PackageMessage = {}) {
  const request = authorisation(card, minor, changes);
  t.equal(await system.codeOf(request), '00');
  return request;
}

t.test('30 for amounts and originals that can’t be read, and nothing moves', async (t) => {
  const card = system.card();
  const request = await held(card, 5000);
  const withCash = authorisation(card, 6000, { 3: '090000', 54: cashback('978', 777) });
  const clearing = clearingOf(request, 4321);
  const reversal = partialReversalOf(request, 1234);
  for (const [message, from, to] of [
    [withCash, amount(777), '00000000077A'],
    [withCash, '0040978D', '0040EURD'],
    [clearing, amount(4321), '00000000432x'],
    [clearing, `0100${request[11]}1125`, `0100${request[11]}1325`],
    [clearing, `0100${request[11]}1125`, `0100${request[11]}1132`],
    [clearing, `0100${request[11]}1125`, `1100${request[11]}1125`],
    [reversal, amount(1234), '0000000012-4'],
    [reversal, amount(1234), '            '],
    [reversal, `0100${request[11]}1125`, `0100${request[11]}0025`],
  ] as const) {
    t.match(await askChanged(message, from, to), { 39: '30' }, `${message[0]}: ${to}`);
  }
  for (const message of [withCash, clearing, reversal]) {
    t.equal((await system.entriesOf(message)).length, 0, 'a message that can’t be read is not remembered');
  }
  t.same(await system.money(card), { ledger: 100_000, available: 95_000 });
  t.equal(await system.codeOf(clearing), '00', 'sent right, it is booked');
});

t.test('indicators that are too long, too short or of no meaning say nothing', async (t) => {
  const card = system.card();
  for (const indicators of ['2', '01', '0100', '   ', 'XYZ', '9 9', '1'.repeat(100)]) {
    t.equal(await system.codeOf(authorisation(card, 100_001, { 60: indicators })), '51', indicators);
  }
  t.same(await system.money(card), WHOLE);
});

t.test('what says that it is an increment and a clearing is the one that its MTI says', async (t) => {
  const card = system.card();
  const request = await held(card, 5000);
  const both = incrementOf(request, 4000, { 0: '0200' });
  t.equal(await system.codeOf(both), '00');
  t.same(await system.money(card), { ledger: 96_000, available: 96_000 });
});

t.test('a clearing that names another card’s authorisation leaves that alone', async (t) => {
  const [victim, thief] = [system.card(), system.card()];
  const request = await held(victim, 50_000);
  const { 38: code } = await system.ask(repeatOf(request));
  const mine = { 2: thief.pan, 14: thief.expiry, 38: code! };
  const advice = clearingOf(request, 50_000, mine);
  t.equal(await system.codeOf(advice), '00', 'an advice is always booked');
  t.match(await system.entriesOf(advice), [{ marks: 'forced' }], 'but as one without an authorisation');
  t.same(await system.money(victim), { ledger: 100_000, available: 50_000 });
  t.same(await system.money(thief), { ledger: 50_000, available: 50_000 });
  const asked = clearingOf(request, 50_001, { ...mine, 0: '0200', 37: '', 38: '' });
  t.equal(await system.codeOf(asked), '51', 'a request is decided for the card that it is of');
  t.equal(await system.codeOf(clearingOf(request, 50_000)), '00', 'and the right one is not a second one');
  t.same(await system.money(victim), { ledger: 50_000, available: 50_000 });
});

t.test('a clearing that names the authorisation of another tenant leaves that alone', async (t) => {
  const [victim, thief] = [system.card('club'), system.card()];
  const request = await held(victim, 50_000);
  t.equal(await system.codeOf(clearingOf(request, 50_000, { 2: thief.pan })), '00');
  t.same(await system.money(victim), { ledger: 100_000, available: 50_000 });
  t.same(await system.money(thief), { ledger: 50_000, available: 50_000 });
});

t.test('an approval code of another card finds nothing', async (t) => {
  const [victim, thief] = [system.card(), system.card()];
  const { 38: code } = await system.ask(authorisation(victim, 9000));
  const advice = authorisation(thief, 9000, { 0: '0220', 38: code! });
  t.equal(await system.codeOf(advice), '00');
  t.match(await system.entriesOf(advice), [{ marks: 'forced' }]);
  t.equal(await system.codeOf(authorisation(thief, 1, { 38: code!, 60: DE60.incremental })), '25');
  t.same(await system.money(victim), { ledger: 100_000, available: 91_000 });
});

t.test('what names itself, a reversal or an inquiry as its original finds no hold', async (t) => {
  const card = system.card();
  const request = await held(card, 3000);
  const reversal = reversalOf(request);
  await system.ask(reversal);
  const asked = inquiry(card);
  await system.ask(asked);
  for (const original of [reversal, asked, clearingOf(asked, 1, { 3: '310000' })]) {
    const named = clearingOf(original, 10, { 3: '000000', 37: '', 41: '', 42: '', 49: '978' });
    t.equal(await system.codeOf(named), '00');
    t.match(await system.entriesOf(named), [{ marks: 'forced' }]);
  }
  const itself = authorisation(card, 20, { 0: '0220' });
  t.equal(await system.codeOf({ ...itself, 90: clearingOf(itself, 20)[90]! }), '00');
  const reversed = reversalOf(request);
  t.equal(await system.codeOf({ ...reversed, 90: reversalOf(reversed)[90]! }), '12');
  t.same(await system.money(card), { ledger: 99_950, available: 99_950 });
});

t.test('a reversal that lets more stand than there was gives nothing, and takes nothing', async (t) => {
  const card = system.card();
  const request = await held(card, 3000);
  for (const kept of [3000, 3001, LARGEST]) {
    t.equal(await system.codeOf(partialReversalOf(request, kept)), '00');
    t.same(await system.money(card), { ledger: 100_000, available: 97_000 }, String(kept));
  }
});

t.test('cash that is more than the amount is not handed out', async (t) => {
  const card = system.card();
  const cash = { 3: '090000', 54: cashback('978', LARGEST), 60: DE60.partial };
  t.equal(await system.codeOf(authorisation(card, 100_001, cash)), '51');
  t.same(await system.money(card), WHOLE);
});

t.test('amounts of twelve digits are refused, or booked to the last unit', async (t) => {
  const card = system.card();
  t.equal(await system.codeOf(authorisation(card, LARGEST)), '61');
  t.equal(await system.codeOf(authorisation(card, LARGEST, { 0: '0200' })), '61');
  t.equal(await system.codeOf(authorisation(card, LARGEST, { 0: '0220' })), '00');
  t.same(await system.money(card), { ledger: 100_000 - LARGEST, available: 100_000 - LARGEST });
  t.equal(await system.codeOf(authorisation(card, LARGEST, { 0: '0120' })), '00');
  const told = await system.ask(inquiry(card));
  t.same([told[39], told[54]], ['00', undefined], 'DE54 has no thirteenth digit');
  t.equal(await system.codeOf(authorisation(card, LARGEST, { 0: '0220', 3: '200000' })), '00');
  t.equal(balancesOf((await system.ask(inquiry(card)))[54]!).ledger, 100_000);

  const dollars = { ...system.card(), currency: '840' };
  t.equal(await system.codeOf(authorisation(dollars, LARGEST, { 0: '0220' })), '00');
  t.equal((await system.told(dollars)).ledger, 100_000 - 917_999_999_999, 'at the tenant’s rate');
  const yen = { ...system.card('tokyo'), currency: '978' };
  t.equal(await system.codeOf(authorisation(yen, LARGEST, { 0: '0220' })), '00');
  t.equal((await system.books('tokyo', 978)).suspense, -LARGEST, 'more than a record can hold');
  t.same(await system.money(yen), { ledger: 1000, available: 1000 });
});

t.test('increments and clearings of twelve digits, one after the other, break no tenant', async (t) => {
  const [card, other] = [system.card('kuwait'), system.card('kuwait')];
  const first = authorisation(card, LARGEST, { 0: '0120' });
  await system.ask(first);
  const increments = [1, 2, 3].map(() => incrementOf(first, LARGEST, { 0: '0120' }));
  for (const message of increments) t.equal(await system.codeOf(message), '00');
  const clearings = [1, 2, 3].map(() => clearingOf(first, LARGEST, { 60: DE60.more }));
  for (const message of clearings) t.equal(await system.codeOf(message), '00');
  for (const message of [...clearings, ...increments, first]) {
    t.equal(await system.codeOf(reversalOf(message)), '00');
  }
  t.same(await system.money(card), { ledger: 1_000_000, available: 1_000_000 });
  t.equal(await system.codeOf(authorisation(other, 1000)), '00', 'the tenant is there');
});

t.test('a flood of one reversal is one, by whatever link it comes', async (t) => {
  const card = system.card();
  const request = await held(card, 7000);
  const reversal = reversalOf(request, { 0: '0420' });
  const second = await IsoClient.connect(t, system.running.ports[1]!);
  const flood = Array.from({ length: 2000 }, () => repeatOf(reversal));
  const replies = await Promise.all([
    system.client.requestAll([reversal, ...flood]),
    second.requestAll(flood),
  ]);
  t.same(new Set(replies.flat().map((reply) => reply[39])), new Set(['00']));
  t.equal((await system.entriesOf(reversal)).length, 1);
  t.same(await system.money(card), WHOLE);
});

t.test('a flood of reversals of what never came blocks it, once for all', async (t) => {
  const card = system.card();
  const never = authorisation(card, 7000);
  const flood = Array.from({ length: 1000 }, (_, index) =>
    index % 2 === 0 ? reversalOf(never) : partialReversalOf(never, index),
  );
  const replies = await system.client.requestAll(flood);
  t.same(new Set(replies.map((reply) => reply[39])), new Set(['00']));
  t.equal(await system.codeOf(never), '12');
  t.same(await system.money(card), WHOLE);
});

t.test('a hold in a thousand parts is charged for each of them', async (t) => {
  const card = system.card();
  const request = await held(card, 50_000);
  const parts = Array.from({ length: 1000 }, () => clearingOf(request, 50, { 60: DE60.more }));
  const replies = await system.client.requestAll(parts);
  t.same(new Set(replies.map((reply) => reply[39])), new Set(['00']));
  t.same(await system.money(card), { ledger: 50_000, available: 50_000 });
  t.equal(await system.codeOf(reversalOf(request)), '00');
  t.same(await system.money(card), WHOLE);
});

t.test('one key in the classes 1, 2 and 4 is three messages', async (t) => {
  const card = system.card();
  const request = await held(card, 1000);
  const { 37: _reference, ...rest } = request;
  t.equal(await system.codeOf({ ...rest, 0: '0200' }), '00');
  t.equal(await system.codeOf({ ...rest, 0: '0400' }), '00', 'which reverses its own key’s authorisation');
  t.same(await system.money(card), { ledger: 99_000, available: 99_000 });
});

t.test('the journal proves itself', (t) => system.prove(t));
