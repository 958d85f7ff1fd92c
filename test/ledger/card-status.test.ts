import t from 'tap';
import { isCardStatus, mayBecome } from '../../ledger/card-status.js';
import { CARD_STATUS, FLAG, RESPONSE } from '../../ledger/command.js';
import { ECOMMERCE, OneTenant, POS } from './one-tenant.js';

type Status = keyof typeof CARD_STATUS;
const STATUSES = Object.keys(CARD_STATUS) as Status[];
const ENDS: readonly Status[] = ['lost', 'stolen', 'closed'];
const REFUND = 200_000;
const INQUIRY = 310_000;

/** How a purchase by a card in each status is answered. */
const ANSWERS: Readonly<Record<Status, number>> = {
  active: RESPONSE.approved,
  blocked: RESPONSE.restrictedCard,
  frozen: RESPONSE.restrictedCard,
  inactive: RESPONSE.cardNotActive,
  lost: RESPONSE.lostCard,
  stolen: RESPONSE.stolenCard,
  closed: RESPONSE.noSuchCard,
  expired: RESPONSE.expiredCard,
};

/** What each status may become besides itself. */
const NEXT: Readonly<Record<Status, readonly Status[]>> = {
  active: ['blocked', 'frozen', 'expired', ...ENDS],
  blocked: ['active', 'frozen', 'expired', ...ENDS],
  frozen: ['active', 'blocked', 'expired', ...ENDS],
  inactive: ['active', 'blocked', 'expired', ...ENDS],
  lost: [],
  stolen: [],
  closed: [],
  expired: ['active', ...ENDS],
};

t.test('what each status may become', async (t) => {
  for (const from of STATUSES) {
    const allowed = STATUSES.filter((to) => mayBecome(CARD_STATUS[from], CARD_STATUS[to]));
    t.same(new Set(allowed), new Set([from, ...NEXT[from]]), from);
  }
  for (const none of [-1, 0.5, 8, 255]) {
    t.notOk(isCardStatus(none), `${none}`);
    t.notOk(mayBecome(CARD_STATUS.active, none), `${none}`);
    t.notOk(mayBecome(none, CARD_STATUS.active), `${none}`);
    t.notOk(mayBecome(none, none), `${none}`);
  }
});

for (const status of STATUSES) {
  t.test(
    `a card that is ${status}: requests are ${ANSWERS[status]}, credits and advices go on`,
    async (t) => {
      const tenant = new OneTenant();
      const purchase = { key: 1, token: 2 };
      tenant.issue(2, { status: CARD_STATUS[status] }, 10_000);
      t.equal(tenant.authorise(purchase).code, ANSWERS[status]);
      t.equal(tenant.buy({ token: 2 }).code, ANSWERS[status], 'a financial request');
      t.equal(tenant.authorise({ token: 2, processingCode: INQUIRY }).code, ANSWERS[status], 'an inquiry');
      t.equal(tenant.buy({ token: 2, processingCode: REFUND }).code, RESPONSE.approved, 'a refund');
      t.equal(tenant.present({ token: 2 }).code, RESPONSE.approved, 'what was done elsewhere');
      t.equal(tenant.authorise(purchase).code, ANSWERS[status], 'a repeat');
      t.equal(tenant.decision.journalled, false);
    },
  );
}

t.test('a freeze is in force at the next message, and so is its end', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.approved);
  t.equal(tenant.change({ status: CARD_STATUS.frozen }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ key: 2 }).code, RESPONSE.restrictedCard);
  t.equal(tenant.raise(1).code, RESPONSE.restrictedCard, 'a hold that was approved is not raised');
  t.equal(tenant.present({ originalKey: 1 }).code, RESPONSE.approved, 'but it is cleared');
  t.equal(tenant.change({ status: CARD_STATUS.active }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ key: 3 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ key: 2 }).code, RESPONSE.restrictedCard, 'a repeat is told what it was told');
});

t.test('a card is activated once, blocked and unblocked, and its channels are changed', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.inactive }, 10_000);
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.cardNotActive);
  t.equal(tenant.change({ token: 2, channels: POS }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2, channels: ECOMMERCE }).code, RESPONSE.notPermittedToCardholder);
  tenant.refuses(t, { token: 2, status: CARD_STATUS.inactive });
  tenant.change({ token: 2, status: CARD_STATUS.blocked });
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.restrictedCard);
  tenant.change({ token: 2 });
  t.equal(tenant.authorise({ token: 2, channels: ECOMMERCE }).code, RESPONSE.approved);
});

for (const status of ENDS) {
  t.test(`from ${status} there is no way back`, async (t) => {
    const tenant = new OneTenant();
    t.equal(tenant.change({ status: CARD_STATUS[status] }).code, RESPONSE.approved);
    for (const other of STATUSES.filter((name) => name !== status)) {
      tenant.refuses(t, { status: CARD_STATUS[other] });
    }
    t.equal(
      tenant.change({ status: CARD_STATUS[status], group: 9 }).code,
      RESPONSE.approved,
      'the rest may be',
    );
    t.equal(tenant.authorise().code, ANSWERS[status]);
    t.equal(tenant.authorise({ flags: FLAG.advice }).code, RESPONSE.approved, 'what others approved is held');
  });
}

t.test('what can’t be of a card is refused, and changes nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.refuses(t, { token: 7 });
  for (const status of [8, -1, 256]) tenant.refuses(t, { status });
  for (const expiry of [2613, 2600, -2612, 10_012, 26.12]) tenant.refuses(t, { expiry });
  for (const channels of [256, -1, 0.5]) tenant.refuses(t, { channels });
  for (const group of [2 ** 32, -1, 0.5]) tenant.refuses(t, { group });
});
