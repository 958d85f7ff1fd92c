import t from 'tap';
import { listTenants } from '../../ledger/list-tenants.js';
import { clearingOf } from '../switch/holds/messages.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { stall } from '../switch/running-switch.js';
import { APPROVED, acceptorIn, PersonaSwitch } from './persona-switch.js';

t.setTimeout(120_000);
const lydia = await PersonaSwitch.start(t, 'lydia', '2026-03-02T12:00Z', {
  databases: { second: { embedded: true, tenants: ['xpollens'] } },
});
const xpollens = await lydia.as(t, 'xpollens', 'second');

t.test('its ledger is in a second database, and no other’s is', async (t) => {
  const first = (await listTenants(lydia.database)).map(({ name }) => name);
  t.notOk(first.includes('xpollens'));
  t.equal(first.length, 8);
  t.same(
    (await listTenants(xpollens.database)).map(({ name }) => name),
    ['xpollens'],
  );
});

t.test('both are served at once, over one connection; one whose database is slow waits alone', async (t) => {
  const [mine, other] = [await xpollens.card(), await lydia.card()];
  t.same(await xpollens.pay(mine, 10_00), APPROVED);
  t.same(await lydia.pay(other, 10_00), APPROVED);
  const release = await stall(xpollens.database);
  const waiting = xpollens.client.request(authorisation(mine, 20_00));
  t.same(await lydia.pay(other, 20_00), APPROVED, 'while the other’s can not commit');
  await release();
  t.equal((await waiting)[39], '00');
  t.equal(await xpollens.available(mine.account), 100_000_00 - 30_00);
  t.equal(await lydia.available(other.account), 100_000_00 - 30_00);
  t.equal((await xpollens.api.get(`/v1/cards/${other.id}`)).status, 404);
});

t.test('300 euros in cash a day, 6,000 in any thirty days', async (t) => {
  const card = await xpollens.card();
  const cash = (minor: number) => xpollens.pay(card, minor, {}, 'atm');
  t.same(await cash(200_00), APPROVED);
  t.same(await cash(100_01), ['61', 'cash a day']);
  const second = authorisation(card, 100_00, {}, 'atm');
  t.same(await xpollens.ask(second), APPROVED);
  t.equal((await xpollens.client.request(reversalOf(second)))[39], '00');
  xpollens.at('2026-03-03T12:00Z');
  t.same(await cash(300_00), APPROVED, 'the day after');

  const buyer = await xpollens.card();
  const paid = async (minor: number) => {
    const message = authorisation(buyer, minor);
    const answer = await xpollens.ask(message);
    if (answer[0] === '00') await xpollens.client.request(clearingOf(message, minor));
    return answer;
  };
  for (const day of ['04', '05']) {
    xpollens.at(`2026-03-${day}T12:00Z`);
    t.same(await paid(3000_00), APPROVED);
  }
  xpollens.at('2026-04-01T12:00Z');
  t.same(await paid(1), ['61', 'thirty days'], 'another month changes nothing');
  xpollens.at('2026-04-04T12:00Z');
  t.same(await paid(3000_00), APPROVED, 'what was paid on 4 March is past');
  t.same(await paid(1), ['61', 'thirty days']);
});

t.test('the operator’s rules are there too, whose own ledger is in the first', async (t) => {
  t.same(await xpollens.pay(await xpollens.card(), 1_00, acceptorIn('KP')), ['57', 'embargo']);
});
