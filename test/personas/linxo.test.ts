import t from 'tap';
import { balancesOf } from '../switch/holds/balances.js';
import { clearingOf } from '../switch/holds/messages.js';
import { inquiry } from '../switch/holds/timed-switch.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, type PersonaCard, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
const linxo = await PersonaSwitch.start(t, 'linxo', '2026-04-10T12:00Z');

async function balances(card: PersonaCard) {
  const reply = await linxo.client.request(inquiry({ tenant: 'bank', ...card }));
  t.equal(reply[39], '00');
  const { ledger, available, currency } = balancesOf(reply[54]!);
  return { ledger, available, currency };
}

t.test('a balance inquiry tells what is posted and what can be spent, as the API does', async (t) => {
  const card = await linxo.card(await linxo.account(1000_00));
  t.same(await balances(card), { ledger: 0, available: 1000_00, currency: '978' });
  const held = authorisation(card, 120_00);
  t.same(await linxo.ask(held), APPROVED);
  t.same(await balances(card), { ledger: 0, available: 880_00, currency: '978' });
  await linxo.client.request(clearingOf(held, 120_00));
  t.same(await balances(card), { ledger: -120_00, available: 880_00, currency: '978' });
  const { body } = await linxo.api.get(`/v1/accounts/${card.account}`);
  t.match(body.balances, { posted: -120_00, held: 0, available: 880_00 });
});

t.test('a card is verified without an amount: nothing is held, and nothing counts', async (t) => {
  const card = await linxo.card();
  const verify = (of: PersonaCard) => linxo.pay(of, 0, {}, 'ecommerce');
  const before = await linxo.available(card.account);
  // More than a day's payments.
  for (let verified = 0; verified < 60; verified++) t.same(await verify(card), APPROVED);
  t.equal(await linxo.available(card.account), before);
  t.same(await linxo.pay(card, 10_00), APPROVED, 'no payment was counted');
  t.same(await verify({ ...card, expiry: '2901' }), ['54', '']);
  t.same(await verify(await linxo.card(undefined, { status: 'blocked' })), ['62', '']);
});

t.test('2,500 euros a month, in which inquiries do not count', async (t) => {
  const card = await linxo.card();
  const paid = async (minor: number) => {
    const message = authorisation(card, minor);
    const answer = await linxo.ask(message);
    if (answer[0] === '00') await linxo.client.request(clearingOf(message, minor));
    return answer;
  };
  for (const day of ['10', '11']) {
    linxo.at(`2026-04-${day}T12:00Z`);
    t.same(await paid(1000_00), APPROVED);
  }
  await balances(card);
  const last = authorisation(card, 400_00);
  t.same(await linxo.ask(last), APPROVED);
  t.same(await paid(100_01), ['61', 'a month']);
  t.equal((await linxo.client.request(reversalOf(last)))[39], '00');
  t.same(await paid(500_00), APPROVED);
  t.same(await paid(1), ['61', 'a month']);
  linxo.at('2026-04-30T22:00Z');
  t.same(await paid(1000_00), APPROVED, 'May in Paris');
});
