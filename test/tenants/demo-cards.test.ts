import t from 'tap';
import { CHANNELS, channelMask } from '../../tenants/channel.js';
import { DEMO_CARDS_MAX, declineCards, demoCards, requireTestBins } from '../../tenants/demo-cards.js';
import { luhnValid } from '../../tenants/luhn.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../../tenants/tenant.js';

const TENANT: Tenant = {
  name: 'lydia',
  index: 3,
  bins: [
    ['99990102', '99990102'],
    ['99990200', '99990299'],
  ],
  currency: '978',
  limits: { perTransactionMinor: 150_000, perDayMinor: 300_000, perDayCount: 40 },
  channels: ['pos', 'contactless', 'ecommerce'],
  demoBalanceMinor: [5000, 80_000],
};

t.test('a tenant’s cards are the same at each start, whatever their count and its place', async (t) => {
  const cards = demoCards(TENANT, 300);
  t.same(demoCards({ ...TENANT, index: 0 }, 300), cards);
  t.same(demoCards(TENANT, 20), cards.slice(0, 20));
  t.notSame(
    demoCards({ ...TENANT, name: 'qonto' }, 300).map(({ pan }) => pan),
    cards.map(({ pan }) => pan),
  );
  t.same(demoCards(TENANT, 0), []);
});

t.test('the first cards of lydia are what they have always been', async (t) => {
  const usual = { channels: channelMask(TENANT.channels), status: 'active' };
  t.same(demoCards(TENANT, 2), [
    { pan: '9999010282519886', expiry: '3110', balanceMinor: 49_268, ...usual },
    { pan: '9999010259063090', expiry: '3001', balanceMinor: 20_683, ...usual },
  ]);
});

t.test(
  'each card can buy: a right PAN in the BIN, a date ahead, a balance in range, every channel',
  async (t) => {
    const expiries = new Set<string>();
    const balances = new Set<number>();
    for (const { pan, expiry, balanceMinor, channels, status } of demoCards(TENANT, 2000)) {
      const good =
        /^99990102[0-9]{8}$/.test(pan) &&
        luhnValid(pan) &&
        /^3[0-2](0[1-9]|1[0-2])$/.test(expiry) &&
        Number.isSafeInteger(balanceMinor) &&
        balanceMinor >= 5000 &&
        balanceMinor <= 80_000;
      if (!good) t.fail(`${pan} ${expiry} ${balanceMinor}`);
      if (channels !== channelMask(TENANT.channels) || status !== 'active') t.fail(`${channels} ${status}`);
      expiries.add(expiry);
      balances.add(balanceMinor);
    }
    t.equal(expiries.size, 36, 'spread over three years');
    t.ok(balances.size > 1900, 'and over the range of balances');
  },
);

t.test('balances reach both ends of their range and nothing beyond', async (t) => {
  const drawn = demoCards({ ...TENANT, demoBalanceMinor: [7, 9] }, 500).map(
    ({ balanceMinor }) => balanceMinor,
  );
  t.same([...new Set(drawn)].sort(), [7, 8, 9]);
  const one = demoCards({ ...TENANT, demoBalanceMinor: [999_999_999_999, 999_999_999_999] }, 5);
  t.ok(one.every(({ balanceMinor }) => balanceMinor === 999_999_999_999));
});

t.test('without a range of balances they lie between one purchase and one day at the limit', async (t) => {
  const { demoBalanceMinor: _, ...bare } = TENANT;
  const balances = demoCards(bare, 500).map(({ balanceMinor }) => balanceMinor);
  t.ok(Math.min(...balances) >= 150_000 && Math.max(...balances) <= 300_000);
  const upsideDown = { ...bare, limits: { ...TENANT.limits, perDayMinor: 10 } };
  t.ok(demoCards(upsideDown, 5).every(({ balanceMinor }) => balanceMinor === 150_000));
});

t.test(
  'no PAN is given twice among 9 × 20,000 cards and those that decline, and none follows another',
  async (t) => {
    const seen = new Set<string>();
    let all = 0;
    for (const tenant of await loadTenants(PERSONAS_DIRECTORY)) {
      const pans = [...demoCards(tenant, 20_000), ...declineCards(tenant)].map(({ pan }) => pan);
      for (const pan of pans) seen.add(pan);
      all += pans.length;
      const neighbours = pans.filter((pan, index) => pan.slice(0, 12) === pans[index - 1]?.slice(0, 12));
      t.same(neighbours, [], tenant.name);
    }
    t.equal(seen.size, all);
  },
);

t.test('the last card that can be asked for is not one that declines', async (t) => {
  t.throws(() => demoCards(TENANT, DEMO_CARDS_MAX + 1), RangeError);
  t.throws(() => demoCards(TENANT, 1.5), RangeError);
  t.throws(() => demoCards(TENANT, -1), RangeError);
});

t.test('of the cards that decline, each has one reason to', async (t) => {
  for (const tenant of await loadTenants(PERSONAS_DIRECTORY)) {
    const cards = declineCards(tenant);
    t.same(cards.map(({ declines }) => declines).sort(), ['14', '41', '43', '51', '54', '57', '62', '78']);
    for (const { pan, declines, channel, channels, status, expiry, balanceMinor, note } of cards) {
      t.ok(luhnValid(pan) && pan.startsWith(tenant.bins[0]![0]) && note.length > 0, tenant.name);
      t.ok(tenant.channels.includes(channel), 'the tenant allows the channel');
      const statuses: Readonly<Record<string, string>> = {
        62: 'blocked',
        41: 'lost',
        43: 'stolen',
        78: 'inactive',
      };
      t.equal(status, statuses[declines] ?? 'active');
      t.equal(expiry === '2001', declines === '54');
      t.equal(balanceMinor === 1, declines === '51');
      t.equal((channels & channelMask([channel])) === 0, declines === '57');
      if (declines !== '57') t.equal(channel, 'pos');
    }
  }
});

t.test(
  'the channel that a card has off is ecommerce, else another than pos, else its only one',
  async (t) => {
    const off = (...channels: (typeof CHANNELS)[number][]) => {
      const card = declineCards({ ...TENANT, channels }).find(({ declines }) => declines === '57')!;
      return [card.channel, card.channels];
    };
    t.same(off(...CHANNELS), ['ecommerce', channelMask(['pos', 'contactless', 'moto', 'atm'])]);
    t.same(off('pos', 'contactless'), ['contactless', channelMask(['pos'])]);
    t.same(off('pos'), ['pos', 0]);
    t.same(off('atm', 'moto'), ['moto', channelMask(['atm'])]);
  },
);

t.test('cards are refused to a tenant with a real BIN, in any of its ranges', async (t) => {
  const real = { ...TENANT, bins: [...TENANT.bins, ['99989999', '99990000'] as [string, string]] };
  for (const make of [() => demoCards(real, 1), () => declineCards(real), () => requireTestBins(real)]) {
    t.throws(make, { code: 'HF_TENANT_INVALID', message: /tenant 'lydia': bins\[2\]: .*begin with 9999/ });
  }
  requireTestBins(TENANT);
});
