import t from 'tap';
import { authorisation, IsoClient, reversalOf } from './iso-client.js';
import { cardsOf, startTestSwitch } from './running-switch.js';

const system = await startTestSwitch(t, {
  links: [
    { name: 'transmission', port: 0 },
    { name: 'retrieval', port: 0, messageKey: 'retrieval' },
  ],
});
const [byTransmission, byRetrieval] = system.running.ports as [number, number];
const cards = await cardsOf(system, 'shine');

async function available(pan: string): Promise<number> {
  return (await cardsOf(system, 'shine')).find((card) => card.pan === pan)!.available;
}

t.test('a link may know its messages by their retrieval reference, whatever STAN a repeat has', async (t) => {
  const card = cards[0]!;
  const client = await IsoClient.connect(t, byRetrieval);
  const request = authorisation(card, 700, { 37: 'RETRIEVAL001' });
  const approved = await client.request(request);
  t.equal(approved[39], '00');
  const renewed = { ...request, 0: '0101', 7: '0607235959', 11: '999001' };
  const repeated = await client.request(renewed);
  t.same([repeated[39], repeated[38], repeated[11]], ['00', approved[38], '999001']);
  t.equal(await available(card.pan), card.available - 700, 'one hold');
  const undone = reversalOf({ ...renewed, 11: '999002' });
  delete undone[90];
  t.equal((await client.request(undone))[39], '00');
  t.equal(await available(card.pan), card.available, 'which is found by that reference too');
  t.equal((await client.request(authorisation(card, 700, { 37: '' })))[39], '30', 'it needs one');
});

t.test(
  'a purchase is found by its retrieval reference as well, by a reversal that names nothing',
  async (t) => {
    const card = cards[2]!;
    const client = await IsoClient.connect(t, byRetrieval);
    const purchase = authorisation(card, 700, { 0: '0200', 37: 'RETRIEVAL003' });
    t.equal((await client.request(purchase))[39], '00');
    t.equal(await available(card.pan), card.available - 700);
    const undone = reversalOf({ ...purchase, 11: '999004' });
    delete undone[90];
    t.equal((await client.request(undone))[39], '00');
    t.equal(await available(card.pan), card.available);
    const early = authorisation(card, 500, { 0: '0200', 37: 'RETRIEVAL004' });
    const before = reversalOf({ ...early, 11: '999005' });
    delete before[90];
    t.equal((await client.request(before))[39], '00');
    t.equal((await client.request(early))[39], '12', 'it was reversed before it came');
  },
);

t.test('by default a new STAN is a new message', async (t) => {
  const card = cards[1]!;
  const client = await IsoClient.connect(t, byTransmission);
  const request = authorisation(card, 700, { 37: 'RETRIEVAL002' });
  const approved = await client.request(request);
  const other = await client.request({ ...request, 11: '999003' });
  t.same([approved[39], other[39]], ['00', '00']);
  t.equal(await available(card.pan), card.available - 1400);
});
