import t from 'tap';
import { admit, REFUSAL } from '../../ledger/admit.js';
import { COMMAND, MARK, RESPONSE } from '../../ledger/command.js';
import { commandOf } from './commands.js';
import { DAY, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

t.test('a hold that is made to expire is as one whose time has come', async (t) => {
  const tenant = new OneTenant({ perDayCount: 10 });
  tenant.authorise({ key: 1 });
  t.hasStrict(tenant.position(), { held: 1000, daySpent: 1000, dayCount: 1 });
  t.hasStrict(tenant.ask({ kind: 'expireHold', key: 1 }), { code: RESPONSE.approved });
  t.equal(tenant.standing(1)!.status, 'expired');
  t.hasStrict(tenant.position(), { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 });
  t.equal(tenant.present({ key: 2, originalKey: 1 }).code, RESPONSE.approved);
  t.equal(tenant.decision.marks, MARK.late);
  tenant.tick(30 * DAY);
  t.equal(tenant.standing(1), undefined, 'and is forgotten in its time');
});

t.test('what holds nothing can’t be made to, and nothing is in the journal of it', async (t) => {
  const tenant = new OneTenant({ perDayCount: 10 });
  const nothing = { code: RESPONSE.originalNotFound, journalled: false };
  t.hasStrict(tenant.ask({ kind: 'expireHold', key: 9 }), nothing, 'a key that nobody had');
  tenant.authorise({ key: 1 });
  tenant.ask({ kind: 'expireHold', key: 1 });
  t.hasStrict(tenant.ask({ kind: 'expireHold', key: 1 }), nothing, 'one that expired');
  tenant.authorise({ key: 2, token: 99 });
  t.hasStrict(tenant.ask({ kind: 'expireHold', key: 2 }), nothing, 'one that was declined');
});

t.test('only a sandbox may ask for it from outside', async (t) => {
  const { state } = new OneTenant({ perDayCount: 10 });
  const command = commandOf({ kind: 'expireHold', key: 1 });
  t.equal(command.kind, COMMAND.expireHold);
  t.equal(admit(state, command, false), REFUSAL.notAskable);
  t.equal(admit(state, command, true), REFUSAL.none);
});
