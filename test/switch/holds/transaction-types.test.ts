import t from 'tap';
import { authorisation, reversalOf } from '../iso-client.js';
import { balancesOf } from './balances.js';
import { amount, cashback, clearingOf, partialReversalOf, repeatOf } from './messages.js';
import { inquiry, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);

t.test('a balance inquiry tells what is posted and what is available, and moves nothing', async (t) => {
  const card = system.card();
  const held = authorisation(card, 30_000);
  await system.ask(held);
  const reply = await system.ask(inquiry(card));
  t.same([reply[0], reply[39], reply[4]], ['0110', '00', undefined]);
  t.equal(reply[54], `0001978C${amount(100_000)}0002978C${amount(70_000)}`);
  await system.ask(clearingOf(held, 25_000));
  const after = await system.ask(inquiry(card));
  t.equal(after[54], `0001978C${amount(75_000)}0002978C${amount(75_000)}`);
  t.same(await system.money(card), { ledger: 75_000, available: 75_000 });
});

t.test('a cash machine may ask by 0200, of the account type in DE3', async (t) => {
  const reply = await system.ask(inquiry(system.card(), { 0: '0200', 3: '313000' }));
  t.same([reply[0], reply[39]], ['0210', '00']);
  t.match(balancesOf(reply[54]!), { ledger: 100_000, available: 100_000, accountType: '30' });
});

t.test(
  'balances have the currency and the decimals of the account, and D when it is overdrawn',
  async (t) => {
    const [yen, dinar, card] = [system.card('tokyo'), system.card('kuwait'), system.card()];
    t.equal((await system.ask(inquiry(yen)))[54], `0001392C${amount(1000)}0002392C${amount(1000)}`);
    t.equal(
      (await system.ask(inquiry(dinar)))[54],
      `0001414C${amount(1_000_000)}0002414C${amount(1_000_000)}`,
    );
    await system.ask(authorisation(card, 130_000, { 0: '0120' }));
    t.equal((await system.ask(inquiry(card)))[54], `0001978C${amount(100_000)}0002978D${amount(30_000)}`);
  },
);

t.test('the repeat of an inquiry tells the balances as they are then', async (t) => {
  const card = system.card();
  const asked = inquiry(card);
  const first = await system.ask(asked);
  await system.ask(authorisation(card, 1000));
  const repeat = await system.ask(repeatOf(asked));
  t.same([repeat[39], repeat[38]], ['00', first[38]]);
  t.equal(balancesOf(repeat[54]!).available, 99_000);
});

t.test('an account verification of no amount is approved, and moves nothing', async (t) => {
  const card = system.card();
  const asked = authorisation(card, 0, {}, 'ecommerce');
  const reply = await system.ask(asked);
  t.same([reply[0], reply[39], reply[4], reply[54]], ['0110', '00', amount(0), undefined]);
  t.match(reply[38], /^\d{6}$/);
  t.match(await system.ask(repeatOf(asked)), { 39: '00', 38: reply[38] });
  t.equal(await system.codeOf({ ...asked, 4: amount(1) }), '94');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('a card that may not be used is told so, not its balance', async (t) => {
  for (const code of ['14', '54', '62'] as const) {
    const card = system.declinedCard(code);
    const told = await system.ask(inquiry(card));
    t.same([told[39], told[54], told[38]], [code, undefined, undefined]);
    t.equal(await system.codeOf(authorisation(card, 0)), code, 'nor verified');
  }
  const poor = system.declinedCard('51');
  t.equal(await system.codeOf(authorisation(poor, 0)), '00', 'no money is no reason');
  t.equal(balancesOf((await system.ask(inquiry(poor)))[54]!).available, 1);
});

t.test(
  'debits of every type are held and cleared alike, and stand in the journal with their type',
  async (t) => {
    for (const [code, what] of [
      ['000000', 'goods'],
      ['010000', 'cash'],
      ['100000', 'account funding (AFT)'],
      ['110000', 'quasi-cash'],
      ['180000', 'a debit of another kind'],
    ] as const) {
      const card = system.card();
      const request = authorisation(card, 5000, { 3: code });
      t.match(await system.ask(request), { 39: '00', 3: code }, what);
      t.same(await system.money(card), { ledger: 100_000, available: 95_000 });
      const clearing = clearingOf(request, 5000);
      t.equal(await system.codeOf(clearing), '00');
      t.same(await system.money(card), { ledger: 95_000, available: 95_000 });
      const [held] = await system.entriesOf(request);
      const [booked] = await system.entriesOf(clearing);
      t.match(held, { command: 'authorise', processingCode: code, responseCode: '00', amount: 5000 });
      t.match(booked, { command: 'clear', processingCode: code, responseCode: '00', amount: 5000 });
    }
  },
);

t.test('cash at a cash machine, in one message or two', async (t) => {
  const card = system.card();
  const two = authorisation(card, 20_000, {}, 'atm');
  t.equal(await system.codeOf(two), '00');
  t.equal(await system.codeOf(clearingOf(two, 20_000)), '00');
  const one = authorisation(card, 30_000, { 0: '0200' }, 'atm');
  const reply = await system.ask(one);
  t.match(reply, { 0: '0210', 39: '00', 38: /^\d{6}$/ });
  t.match(await system.ask(repeatOf(one)), { 39: '00', 38: reply[38] });
  t.same(await system.money(card), { ledger: 50_000, available: 50_000 });
  t.equal(await system.codeOf(reversalOf(one, { 0: '0420' })), '00', 'no notes came out');
  t.same(await system.money(card), { ledger: 80_000, available: 80_000 });
});

t.test('cash with goods is a part of the amount, which is held once', async (t) => {
  const card = system.card();
  const request = authorisation(card, 7000, { 3: '090000', 54: cashback('978', 2000) });
  t.equal(await system.codeOf(request), '00');
  t.equal((await system.money(card)).available, 93_000);
  t.match(await system.entriesOf(request), [{ processingCode: '090000', amount: 7000, cashback: 2000 }]);
  t.equal(await system.codeOf({ ...request, 54: cashback('978', 2001) }), '94');
  t.equal(await system.codeOf(clearingOf(request, 7000)), '00');
  t.same(await system.money(card), { ledger: 93_000, available: 93_000 });
});

t.test('a refund is credited at once when it is a financial message, request or advice', async (t) => {
  for (const [mti, answer] of [
    ['0200', '0210'],
    ['0220', '0230'],
  ] as const) {
    const card = system.card();
    const refund = authorisation(card, 2500, { 0: mti, 3: '200000' });
    const before = await system.books();
    t.match(await system.ask(refund), { 0: answer, 39: '00' });
    t.equal(await system.codeOf(repeatOf(refund)), '00');
    t.same(await system.money(card), { ledger: 102_500, available: 102_500 });
    const after = await system.books();
    t.equal(after.settlement - before.settlement, -2500, 'the network owes it');
    t.equal((await system.entriesOf(refund)).length, 1);
  }
});

t.test('a refund may be of another card and greater than any purchase; it is not limited', async (t) => {
  const card = system.card();
  t.equal(await system.codeOf(authorisation(card, 700_000, { 0: '0200', 3: '200000' })), '00');
  t.same(await system.money(card), { ledger: 800_000, available: 800_000 });
});

t.test('money may come to a card that is blocked or has expired', async (t) => {
  for (const code of ['62', '54'] as const) {
    const card = system.declinedCard(code);
    t.equal(await system.codeOf(authorisation(card, 100)), code);
    t.equal(await system.codeOf(authorisation(card, 100, { 0: '0200', 3: '200000' })), '00');
  }
});

t.test('a refund is authorised without a move of money, and credited when it is cleared', async (t) => {
  const card = system.card();
  const request = authorisation(card, 4000, { 3: '200000' });
  t.match(await system.ask(request), { 0: '0110', 39: '00', 38: /^\d{6}$/ });
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  const clearing = clearingOf(request, 4000);
  t.equal(await system.codeOf(clearing), '00');
  t.equal(await system.codeOf(repeatOf(clearing)), '00');
  t.same(await system.money(card), { ledger: 104_000, available: 104_000 });
});

t.test('a refund that was booked is reversed, all of it or a part', async (t) => {
  const card = system.card();
  const [all, part] = [1000, 2000].map((minor) => authorisation(card, minor, { 0: '0220', 3: '200000' }));
  for (const refund of [all!, part!]) await system.ask(refund);
  const reversal = reversalOf(all!);
  t.equal(await system.codeOf(reversal), '00');
  t.equal(await system.codeOf(repeatOf(reversal)), '00');
  t.same(await system.money(card), { ledger: 102_000, available: 102_000 });
  t.equal(await system.codeOf(partialReversalOf(part!, 500)), '00');
  t.same(await system.money(card), { ledger: 100_500, available: 100_500 });
});

t.test('an original credit is credited, and stands in the journal as one', async (t) => {
  const card = system.card();
  const credit = authorisation(card, 12_345, { 0: '0200', 3: '260000' });
  t.equal(await system.codeOf(credit), '00');
  t.same(await system.money(card), { ledger: 112_345, available: 112_345 });
  t.match(await system.entriesOf(credit), [{ command: 'clear', processingCode: '260000', amount: 12_345 }]);
});

t.test('12 for transfers between accounts and payments, in every class', async (t) => {
  const card = system.card();
  for (const code of ['400000', '500000', '990000']) {
    for (const mti of ['0100', '0120', '0200', '0220']) {
      t.equal(await system.codeOf(authorisation(card, 100, { 0: mti, 3: code })), '12', `${mti} ${code}`);
    }
  }
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('the journal proves itself', (t) => system.prove(t));
