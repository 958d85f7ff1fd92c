import t from 'tap';
import { clearingOf } from '../switch/holds/messages.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
const shine = await PersonaSwitch.start(t, 'shine', '2026-02-24T12:00Z');

/** Pays, and clears it. */
async function paid(
  card: Parameters<PersonaSwitch['pay']>[0],
  minor: number,
  channel: 'pos' | 'atm' = 'pos',
) {
  const message = authorisation(card, minor, {}, channel);
  const answer = await shine.ask(message);
  if (answer[0] === '00') await shine.client.request(clearingOf(message, minor));
  return answer;
}

t.test('500 euros in cash in any seven days, whichever day they begin', async (t) => {
  const card = await shine.card();
  const cash = (minor: number) => paid(card, minor, 'atm');
  t.same(await cash(300_00), APPROVED, 'Tuesday');
  shine.at('2026-02-27T12:00Z');
  const second = authorisation(card, 200_00, {}, 'atm');
  t.same(await shine.ask(second), APPROVED, 'Friday');
  t.same(await cash(20_00), ['61', 'cash in seven days']);
  t.same(await paid(card, 600_00), APPROVED, 'a purchase is no cash');
  t.equal((await shine.client.request(reversalOf(second)))[39], '00', 'the machine gave nothing');
  t.same(await cash(200_00), APPROVED);
  shine.at('2026-03-02T12:00Z');
  t.same(await cash(20_00), ['61', 'cash in seven days'], 'Monday begins no new week');
  shine.at('2026-03-03T18:00Z');
  t.same(await cash(300_00), APPROVED, 'Tuesday evening: those of last Tuesday’s noon are past');
  t.same(await cash(20_00), ['61', 'cash in seven days']);
});

t.test('10,000 euros a month of Paris', async (t) => {
  const card = await shine.card();
  shine.at('2026-03-29T12:00Z');
  for (const day of ['29', '30']) {
    shine.at(`2026-03-${day}T12:00Z`);
    t.same(await paid(card, 3000_00), APPROVED);
    t.same(await paid(card, 1900_00), APPROVED);
  }
  shine.at('2026-03-31T21:59Z');
  t.same(await paid(card, 200_01), ['61', 'a month']);
  t.same(await paid(card, 200_00), APPROVED);
  t.same(await paid(card, 1), ['61', 'a month']);
  shine.at('2026-03-31T22:00Z');
  t.same(await paid(card, 3000_00), APPROVED, 'April began');
});
