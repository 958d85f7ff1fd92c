import fc from 'fast-check';
import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { convert, share } from '../../ledger/convert.js';
import { connected, FreshDatabases } from './fresh-databases.js';
import { DAY, OneTenant, RESTAURANT } from './one-tenant.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
const client = await connected(t, await databases.create());
const SEED = { seed: 8583 };
const MOST = 999_999_999_999;
/** That leaves room for one more. */
const LARGEST = MOST - 1;
const amount = fc.oneof(fc.integer({ min: 0, max: MOST }), fc.nat(9999), fc.constant(MOST));
/** DE10: the number of decimals, then seven digits. */
const rate = fc
  .tuple(
    fc.nat(9),
    fc.oneof(fc.integer({ min: 1, max: 9_999_999 }), fc.constantFrom(5_000_000, 2_500_000, 1)),
  )
  .map(([decimals, digits]) => decimals * 10_000_000 + digits);
/** From three decimals to none, and back. */
const exponents = fc.integer({ min: -3, max: 3 });
const spread = fc.constantFrom(0, 0, 1, 150, -150, 9999, -9999);

t.test('conversions round as Postgres does in numeric', async (t) => {
  const cases = fc.sample(fc.record({ amount, rate, exponents, spread }), { ...SEED, numRuns: 20_000 });
  const { rows } = await client.query<{ converted: string }>(
    `SELECT round(amount * (rate % 10000000) * 10::numeric ^ (exponents - rate / 10000000)
        * (10000 + spread) / 10000)::text AS converted
     FROM json_to_recordset($1) AS c(amount numeric, rate int, exponents int, spread numeric)`,
    [JSON.stringify(cases)],
  );
  let [halves, exact] = [0, 0];
  for (const [index, { converted }] of rows.entries()) {
    const { amount, rate, exponents, spread } = cases[index]!;
    const ours = convert(amount, rate, exponents, spread);
    // Beyond what a number holds there is nothing to compare, and no amount that is allowed.
    if (ours > Number.MAX_SAFE_INTEGER) continue;
    if (String(ours) !== converted) t.fail(`${JSON.stringify(cases[index])}: ${ours}, not ${converted}`);
    exact++;
    if (convert(2 * amount, rate, exponents, spread) === 2 * ours - 1) halves++;
  }
  t.ok(exact > 10_000 && halves > 100, `${exact} conversions, ${halves} rounded up`);
});

t.test('parts are rounded up as Postgres does in numeric', async (t) => {
  const part = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 40 - 1 }), fc.integer({ min: 1, max: MOST }), fc.nat(MOST))
    .map(([whole, of, some]) => ({ whole, of, part: some % (of + 1) }));
  const cases = fc.sample(part, { ...SEED, numRuns: 20_000 });
  const { rows } = await client.query<{ share: string }>(
    `SELECT ceil(whole * part / "of")::text AS share
     FROM json_to_recordset($1) AS c(whole numeric, part numeric, "of" numeric)`,
    [JSON.stringify(cases)],
  );
  const wrong = cases.filter(
    ({ whole, part, of }, index) => String(share(whole, part, of)) !== rows[index]!.share,
  );
  t.same(wrong, []);
});

t.test('the most that a clearing may be is what Postgres makes of amount and tolerance', async (t) => {
  const asked = fc.record({
    amount: fc.oneof(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: 9999 })),
    tolerance: fc.oneof(fc.constantFrom(500, 2000), fc.integer({ min: 0, max: 900 })),
  });
  const cases = fc.sample(asked, { ...SEED, numRuns: 300 });
  const { rows } = await client.query<{ most: string }>(
    `SELECT least(amount + floor(amount * tolerance / 10000), ${LARGEST})::text AS most
     FROM json_to_recordset($1) AS c(amount numeric, tolerance numeric)`,
    [JSON.stringify(cases)],
  );
  const tenant = new OneTenant({ perTransaction: MOST, perDay: 1e15 });
  tenant.issue(2, {}, MOST);
  for (const [index, { amount, tolerance }] of cases.entries()) {
    const most = Number(rows[index]!.most);
    if (most < amount) continue;
    const rule = { mcc: RESTAURANT, mccTo: RESTAURANT, holdMinutes: DAY, estimateMinutes: DAY };
    tenant.ask({ kind: 'setHoldRule', tolerance, ...rule });
    const [key, clearing] = [100_000 + index, 200_000 + index];
    tenant.authorise({ key, token: 2, amount });
    const named = { token: 2, originalKey: key, mcc: RESTAURANT };
    if (most < LARGEST) {
      t.equal(tenant.buy({ ...named, amount: most + 1 }).code, RESPONSE.invalidAmount, `${most} + 1`);
    }
    tenant.buy({ key: clearing, ...named, amount: most });
    t.equal(tenant.standing(clearing)?.posted, most, `${amount}, ${tolerance}: ${most}`);
    tenant.reverse({ token: 2, originalKey: key });
  }
});
