import t from 'tap';
import { authorisation, IsoClient, type PackageMessage, reversalOf } from '../iso-client.js';
import { amount, clearingOf, DE60, incrementOf, repeatOf } from './messages.js';
import { type HeldCard, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const DAY = 24;
const SHORT_HOURS = 2;
const system = await TimedSwitch.start(t, {
  links: [
    { name: 'usual', port: 0 },
    { name: 'short', port: 0, duplicateWindowHours: SHORT_HOURS },
    { name: 'retrieval', port: 0, messageKey: 'retrieval' },
  ],
});

/** A processor at another link than the first. */
async function link(index: 1 | 2) {
  const client = await IsoClient.connect(t, system.running.ports[index]!);
  return async (message: PackageMessage) => client.request(message);
}

/** A request that is declined, and money that makes it good afterwards. */
async function declinedFirst(card: HeldCard, ask: (message: PackageMessage) => Promise<PackageMessage>) {
  const request = authorisation(card, 150_000);
  t.equal((await ask(request))[39], '51');
  t.equal((await ask(authorisation(card, 100_000, { 0: '0220', 3: '200000' })))[39], '00');
  return request;
}

t.test('a key is remembered for as long as its link says, and is new after that', async (t) => {
  const [card, other] = [system.card(), system.card()];
  const request = await declinedFirst(card, await link(1));
  const usual = await declinedFirst(other, system.ask.bind(system));
  await system.pass(SHORT_HOURS - 1);
  t.equal((await (await link(1))(repeatOf(request)))[39], '51', 'within its window');
  t.equal((await (await link(1))({ ...request, 4: amount(1) }))[39], '94');
  await system.restart();
  await system.pass(1);
  const ask = await link(1);
  t.equal((await ask(repeatOf(request)))[39], '00', 'behind it');
  t.same(await system.money(card), { ledger: 200_000, available: 50_000 });
  await system.pass(7 * DAY - SHORT_HOURS - 1);
  t.equal(await system.codeOf(repeatOf(usual)), '51', '167 hours by default');
  await system.pass(1);
  t.equal(await system.codeOf(usual), '00');
});

t.test('a hold is remembered until its window behind its end', async (t) => {
  const card = system.card();
  const request = authorisation(card, 4000);
  const { 38: code } = await (await link(1))(request);
  await system.pass(7 * DAY + SHORT_HOURS - 1);
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 }, 'it has expired');
  const ask = await link(1);
  t.match(await ask(repeatOf(request)), { 39: '00', 38: code }, 'but is known');
  t.equal((await system.money(card)).available, 100_000);
  await system.pass(1);
  const anew = await ask(repeatOf(request));
  t.equal(anew[39], '00');
  t.not(anew[38], code, 'another message, and another hold');
  t.equal((await system.money(card)).available, 96_000);
});

t.test('a clearing keeps its authorisation in mind, so that another is known as a duplicate', async (t) => {
  const card = system.card();
  const request = authorisation(card, 4000);
  await system.ask(request);
  await system.pass(10 * DAY);
  await system.ask(clearingOf(request, 4000));
  await system.restart();
  await system.pass(6 * DAY);
  t.equal(await system.codeOf(clearingOf(request, 4000)), '94', '16 days after the authorisation');
  t.same(await system.money(card), { ledger: 96_000, available: 96_000 });
});

t.test('a reversal before its original blocks it within the window only', async (t) => {
  const card = system.card();
  const [early, late] = [authorisation(card, 1000), authorisation(card, 2000)];
  const ask = await link(1);
  for (const message of [early, late]) t.equal((await ask(reversalOf(message)))[39], '00');
  await system.pass(1);
  t.equal((await ask(early))[39], '12');
  await system.pass(SHORT_HOURS);
  t.equal((await ask(late))[39], '00');
  t.equal((await system.money(card)).available, 98_000);
});

t.test('by retrieval reference, the messages of one transaction find each other without DE90', async (t) => {
  const card = system.card();
  const ask = await link(2);
  const request = authorisation(card, 5000, { 37: 'TRANSACTION1' });
  const { 38: code } = await ask(request);
  const renewed = { ...repeatOf(request), 7: '0607235959', 11: '999101' };
  t.match(await ask(renewed), { 39: '00', 38: code }, 'a repeat may have a new STAN and time');
  t.equal((await ask({ ...renewed, 4: amount(5001) }))[39], '94');
  const clearing = clearingOf(request, 4500, { 90: '' });
  t.equal((await ask(clearing))[39], '00');
  t.equal((await ask({ ...clearing, 0: '0221', 11: '999102' }))[39], '00', 'its repeat');
  t.same(await system.money(card), { ledger: 95_500, available: 95_500 });
  t.equal((await ask(clearingOf(request, 4400, { 90: '' })))[39], '94', 'another of that reference is none');
  t.same(await system.money(card), { ledger: 95_500, available: 95_500 });
});

t.test('by retrieval reference, a reversal takes back what has its reference', async (t) => {
  const card = system.card();
  const ask = await link(2);
  const request = authorisation(card, 5000, { 37: 'TRANSACTION2', 60: DE60.estimated });
  const { 38: code } = await ask(request);
  const increment = incrementOf(request, 1000, { 37: 'TRANSACTION3', 38: code!, 90: '' });
  t.equal((await ask(increment))[39], '00', 'an increment has one of its own, and is found by DE38');
  t.equal((await system.money(card)).available, 94_000);
  t.equal((await ask(reversalOf(request, { 4: amount(6000), 90: '' })))[39], '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('the journal proves itself', (t) => system.prove(t));
