import t from 'tap';
import { FLAG, RESPONSE, TRAIT } from '../../../ledger/command.js';
import { ATM, DAY } from '../one-tenant.js';
import { type Rule, RuledTenant } from './ruled-tenant.js';

const { approved, partiallyApproved, exceedsAmountLimit, exceedsCountLimit, notPermittedToCardholder } =
  RESPONSE;
const PARTIAL = { flags: FLAG.partial };
const CONTACTLESS = 2;

t.test('a merchant lock keeps to the first merchant that was approved', async (t) => {
  const tenant = new RuledTenant();
  const at = (merchant: string) => ({ identifiers: tenant.identifiers('', '', merchant) });
  tenant.rule([{ kind: 'lock', code: notPermittedToCardholder }]);
  t.equal(tenant.authorise({ ...at('FIRST'), amount: 100_001 }).code, exceedsAmountLimit);
  t.equal(tenant.authorise(at('SECOND')).code, approved, 'a decline locks nothing');
  t.equal(tenant.authorise(at('FIRST')).code, notPermittedToCardholder);
  t.equal(tenant.decision.rule, 1);
  t.equal(tenant.authorise(at('SECOND')).code, approved);
});

t.test('a merchant lock is open again when all that was approved is reversed', async (t) => {
  const tenant = new RuledTenant();
  const at = (merchant: string) => ({ identifiers: tenant.identifiers('', '', merchant) });
  tenant.rule([{ kind: 'lock', code: notPermittedToCardholder }]);
  tenant.authorise({ key: 1, ...at('FIRST') });
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.authorise(at('SECOND')).code, approved);
});

t.test(
  'contactless payments up to a cap, an amount and a number since the last authentication',
  async (t) => {
    const tenant = new RuledTenant();
    const filter = { channels: CONTACTLESS };
    tenant.rule([
      { filter, window: 'authentication', each: 5000, amount: 15_000, count: 5, code: exceedsCountLimit },
    ]);
    const tap = (amount: number) => tenant.authorise({ channels: CONTACTLESS, amount }).code;
    const withPin = () => tenant.authorise({ traits: TRAIT.pin, amount: 9000 }).code;
    t.equal(tap(5001), exceedsCountLimit, 'more than 50 euros');
    for (let taps = 0; taps < 5; taps++) t.equal(tap(2000), approved);
    t.equal(tap(100), exceedsCountLimit, 'a sixth one');
    t.equal(withPin(), approved);
    for (let taps = 0; taps < 3; taps++) t.equal(tap(5000), approved);
    t.equal(tap(1), exceedsCountLimit, 'more than 150 euros');
    t.equal(
      tenant.authorise({ channels: CONTACTLESS, traits: TRAIT.pin, amount: 9000 }).code,
      approved,
      'with PIN',
    );
    t.equal(tap(5000), approved);
    t.equal(tenant.authorise({ traits: TRAIT.pin, amount: 100_001 }).code, exceedsAmountLimit);
    t.equal(tap(5000), approved);
    t.equal(tap(5000), approved);
    t.equal(tap(1), exceedsCountLimit, 'a declined message authenticates nobody');
  },
);

t.test('what is given back from before an authentication takes nothing from what came after', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([
    { filter: { channels: CONTACTLESS }, window: 'authentication', amount: 5000, code: exceedsCountLimit },
  ]);
  tenant.authorise({ key: 1, channels: CONTACTLESS, amount: 3000 });
  tenant.tick(1);
  tenant.authorise({ traits: TRAIT.pin });
  tenant.authorise({ channels: CONTACTLESS, amount: 5000 });
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.authorise({ channels: CONTACTLESS, amount: 1 }).code, exceedsCountLimit);
});

t.test('an allowance carries over what is left, up to so much', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'week', amount: 2000, carry: 3000 }]);
  t.equal(tenant.buy({ amount: 2001 }).code, exceedsAmountLimit, 'nothing was left over before it began');
  t.equal(tenant.buy({ amount: 1500 }).code, approved);
  tenant.tick(7 * DAY);
  t.equal(tenant.buy({ amount: 2501 }).code, exceedsAmountLimit);
  t.equal(tenant.buy({ amount: 2500 }).code, approved, '20 of the week and 5 of the one before');
  tenant.tick(7 * DAY);
  t.equal(tenant.buy({ amount: 2001 }).code, exceedsAmountLimit);
  tenant.tick(28 * DAY);
  t.equal(tenant.buy({ amount: 5001 }).code, exceedsAmountLimit);
  t.equal(tenant.buy({ amount: 5000 }).code, approved, 'four weeks of 20, but no more than 30 carried');
});

t.test('what an earlier week is given back goes to what it carried over', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'week', amount: 2000, carry: 3000 }]);
  tenant.authorise({ key: 1, amount: 2000 });
  tenant.tick(6.9 * DAY);
  tenant.buy({ amount: 1 });
  t.equal(tenant.buy({ amount: 2000 }).code, exceedsAmountLimit);
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.buy({ amount: 3999 }).code, approved);
  t.equal(tenant.buy({ amount: 1 }).code, exceedsAmountLimit);
});

t.test('where a terminal can take less, so much is approved as the strictest rule leaves', async (t) => {
  const tenant = new RuledTenant();
  const rules: Rule[] = [
    { name: 'wide', window: 'day', amount: 5000, partial: true },
    { name: 'narrow', window: 'day', amount: 1900, partial: true },
  ];
  tenant.rule(rules);
  t.equal(tenant.authorise({ amount: 2500 }).code, exceedsAmountLimit, 'the terminal can’t take less');
  t.equal(tenant.decision.rule, 2);
  t.equal(tenant.authorise({ amount: 2500, ...PARTIAL }).code, partiallyApproved);
  t.match(tenant.decision, { approvedAmount: 1900, rule: 2 });
  t.equal(tenant.authorise({ amount: 2500, ...PARTIAL }).code, exceedsAmountLimit, 'nothing is left');
});

t.test('of less than was asked for, no more than the account has', async (t) => {
  const tenant = new RuledTenant();
  tenant.issue(2, {}, 1000);
  tenant.rule([{ window: 'day', amount: 1900, partial: true }]);
  t.equal(tenant.authorise({ token: 2, amount: 2500, ...PARTIAL }).code, partiallyApproved);
  t.match(tenant.decision, { approvedAmount: 1000, rule: 0 }, 'the rule did not decide');
  t.equal(tenant.authorise({ token: 2, amount: 2500 }).code, RESPONSE.insufficientFunds);
});

t.test('cash is paid out in full or not at all', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'day', amount: 1900, partial: true }]);
  const cash = { processingCode: 10_000, channels: ATM, amount: 2500, ...PARTIAL };
  t.equal(tenant.authorise(cash).code, exceedsAmountLimit);
});

t.test(
  'of several that stand against a message, the first decides: programme before tenant before account before card',
  async (t) => {
    const tenant = new RuledTenant();
    const rule = (number: number): Rule => ({ number, each: 500, code: number });
    tenant.rule([rule(41)], { level: 'card' });
    t.equal(tenant.authorise().code as number, 41);
    tenant.rule([rule(31)], { level: 'account' });
    t.equal(tenant.authorise().code as number, 31);
    tenant.rule([rule(21), rule(22)], { level: 'tenant' });
    t.equal(tenant.authorise().code as number, 21);
    tenant.rule([rule(11)], { level: 'programme' });
    t.equal(tenant.authorise().code as number, 11);
    t.equal(tenant.decision.rule, 11);
    for (const level of ['programme', 'tenant', 'account', 'card'] as const) tenant.rule([], { level });
    t.equal(tenant.authorise().code, approved, 'all are gone');
  },
);

t.test('rules of a card, or of an account, are for no other', async (t) => {
  const tenant = new RuledTenant();
  tenant.issue(2, {}, 100_000);
  const block: Rule[] = [{ kind: 'block', code: notPermittedToCardholder }];
  tenant.rule(block, { level: 'card', entity: 1 });
  t.equal(tenant.authorise({ token: 1 }).code, approved);
  t.equal(tenant.authorise({ token: 2 }).code, notPermittedToCardholder);
  tenant.rule([], { level: 'card', entity: 1 });
  tenant.rule(block, { level: 'account', entity: 0 });
  t.equal(tenant.authorise({ token: 1 }).code, notPermittedToCardholder);
  t.equal(tenant.authorise({ token: 2 }).code, approved);
});

t.test('whether a card is good is asked of lists alone, and counts nothing', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([
    { window: 'day', count: 1, code: exceedsCountLimit },
    { number: 2, kind: 'block', filter: { mcc: [[7995, 7995]] }, code: notPermittedToCardholder },
  ]);
  for (let times = 0; times < 3; times++) t.equal(tenant.authorise({ amount: 0 }).code, approved);
  t.equal(tenant.authorise({ amount: 0, mcc: 7995 }).code, notPermittedToCardholder);
  t.equal(tenant.authorise().code, approved);
});

t.test('refunds are not asked for, nor inquiries', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ kind: 'block', code: notPermittedToCardholder }]);
  t.equal(tenant.buy({ processingCode: 200_000 }).code, approved);
  t.equal(tenant.authorise({ processingCode: 310_000, amount: 0 }).code, approved);
});

t.test('a shadow tells what it would have declined, and counts', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ number: 7, window: 'day', amount: 1500, shadow: true }]);
  t.equal(tenant.authorise().code, approved);
  t.match(tenant.decision, { rule: 0, shadowRule: 0 });
  t.equal(tenant.authorise().code, approved);
  t.match(tenant.decision, { rule: 0, shadowRule: 7 });
  tenant.rule([{ number: 7, window: 'day', amount: 2500 }]);
  t.equal(
    tenant.authorise({ amount: 500 }).code,
    approved,
    'it is active, and went on with what it had counted',
  );
  t.equal(tenant.authorise({ amount: 1 }).code, exceedsAmountLimit);
});
