import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import type { Fields } from './commands.js';
import { RuledTenant } from './limits/ruled-tenant.js';
import { ECOMMERCE, POS } from './one-tenant.js';
import { contentOf } from './state-content.js';

const { approved, duplicate, expiredCard, invalidTransaction, restrictedCard } = RESPONSE;
const WALLET = 2;

/** Card 1 with a second number, 2, that lasts longer. */
function tokenised(fields: Fields = {}, limits = {}): RuledTenant {
  const tenant = new RuledTenant(limits);
  tenant.ask({ kind: 'issueToken', token: WALLET, originalToken: 1, expiry: 3112, channels: 31, ...fields });
  return tenant;
}

t.test('a second number draws on the account of its card, and counts for its limits', async (t) => {
  const tenant = tokenised({}, { perDayCount: 3, perDay: 2500 });
  t.equal(tenant.authorise({ token: WALLET }).code, approved);
  t.equal(tenant.authorise().code, approved);
  t.equal(tenant.authorise({ token: WALLET }).code, RESPONSE.exceedsAmountLimit, '30.00 of 25.00 together');
  t.equal(tenant.authorise({ token: WALLET, amount: 1 }).code, approved);
  t.equal(tenant.authorise({ amount: 1 }).code, RESPONSE.exceedsCountLimit);
  t.match(tenant.position(), { held: 2001, daySpent: 2001, dayCount: 3 });
});

t.test('a message is found under either number: repeats, increments, clearings, reversals', async (t) => {
  const tenant = tokenised();
  const first = tenant.authorise({ key: 1, token: WALLET });
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false }, 'a repeat with the PAN');
  t.equal(tenant.raise(1, { amount: 500 }).code, approved);
  t.equal(tenant.present({ key: 3, originalKey: 1, amount: 1500 }).code, approved);
  t.match(tenant.standing(1), { status: 'cleared', posted: 1500 });
  t.equal(tenant.reverse({ token: WALLET, originalKey: 3 }).code, approved);
  t.match(tenant.position(), { posted: 10_000_000, held: 0 });

  t.equal(tenant.authorise({ key: 4 }).code, approved);
  t.equal(tenant.present({ token: WALLET, amount: 1000, approvalCode: 0, originalKey: 4 }).code, approved);
  t.match(tenant.standing(4), { status: 'cleared' });
});

t.test('its own status, expiry and channels come first, then those of its card', async (t) => {
  const tenant = tokenised({ channels: ECOMMERCE });
  const { code: off } = tenant.authorise({ token: WALLET, channels: POS });
  t.equal(off, RESPONSE.notPermittedToCardholder, 'its own channels');
  const online = { token: WALLET, channels: ECOMMERCE };
  t.equal(tenant.authorise({ ...online, expiry: 3112 }).code, approved, 'its own expiry');
  t.equal(tenant.authorise({ ...online, expiry: 2612 }).code, expiredCard, 'the card’s');

  tenant.change({ channels: POS });
  t.equal(tenant.authorise(online).code, RESPONSE.notPermittedToCardholder, 'the card’s channels');
  tenant.change({ status: CARD_STATUS.stolen });
  t.equal(tenant.authorise(online).code, RESPONSE.stolenCard, 'the card’s status');
  const ended = { token: WALLET, status: CARD_STATUS.closed, expiry: 3112, channels: ECOMMERCE };
  t.equal(tenant.change(ended).code, approved);
  t.equal(tenant.authorise(online).code, RESPONSE.noSuchCard, 'its own status');
});

t.test('a phone is taken off without the card, and is good no longer than the card', async (t) => {
  const tenant = tokenised();
  tenant.change({ token: WALLET, status: CARD_STATUS.blocked, expiry: 3112 });
  t.equal(tenant.authorise({ token: WALLET }).code, restrictedCard);
  t.equal(tenant.authorise().code, approved);
  tenant.change({ token: WALLET, expiry: 3112 });
  tenant.now = Date.UTC(2027, 0, 1);
  t.equal(tenant.authorise({ token: WALLET, expiry: 3112 }).code, expiredCard);
  tenant.change({ expiry: 2912 });
  t.equal(tenant.authorise({ token: WALLET, expiry: 3112 }).code, approved, 'the card was renewed');
});

t.test('limits of the card and of its group count it', async (t) => {
  const tenant = tokenised();
  tenant.change({ group: 5 });
  tenant.rule([{ scope: 'group', window: 'day', count: 1 }], { level: 'group', entity: 5 });
  t.equal(tenant.authorise({ token: WALLET }).code, approved);
  t.equal(tenant.authorise().code, RESPONSE.exceedsAmountLimit);
  const own = tenant.rule([{ count: 1, window: 'day' }], { level: 'card', entity: 1 });
  t.equal(own.code, invalidTransaction, 'it has no limits itself, which nobody would ask');
});

t.test('it has aliases as a card has', async (t) => {
  const tenant = tokenised();
  tenant.ask({ kind: 'aliasCard', token: 12, originalToken: WALLET });
  tenant.authorise({ key: 1, token: WALLET });
  t.equal(tenant.authorise({ key: 1, token: 12 }).journalled, false);
  tenant.change({ token: 12, status: CARD_STATUS.frozen, expiry: 3112 });
  t.equal(tenant.authorise({ token: WALLET }).code, restrictedCard);
});

t.test('what can’t be is refused, and changes nothing', async (t) => {
  const tenant = tokenised();
  const before = contentOf(tenant.state);
  const refused: readonly [Fields, number, string][] = [
    [{ token: 3, originalToken: 7 }, invalidTransaction, 'of a card that was never issued'],
    [{ token: 3, originalToken: WALLET }, invalidTransaction, 'of a second number'],
    [{ token: WALLET, originalToken: 1 }, duplicate, 'twice'],
    [{ token: 1, originalToken: 1 }, duplicate, 'the card’s own'],
    [{ token: 3, originalToken: 1, status: 8 }, invalidTransaction, 'no status'],
    [{ token: 3, originalToken: 1, expiry: 3113 }, invalidTransaction, 'no month'],
  ];
  for (const [fields, code, why] of refused) {
    const answer = tenant.ask({ kind: 'issueToken', expiry: 3112, channels: 31, ...fields });
    t.same(answer, { code, approvalCode: 0, journalled: false }, why);
  }
  t.equal(contentOf(tenant.state), before);
});
