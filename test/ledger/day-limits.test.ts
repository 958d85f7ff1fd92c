import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, HOUR, OneTenant } from './one-tenant.js';

const quick = { mcc: 0, mccTo: 9999, holdMinutes: 2 * HOUR, estimateMinutes: 2 * HOUR, tolerance: 2000 };

/** What of the day's limits is used, after each of several commands. */
function used(tenant: OneTenant, ...commands: (() => unknown)[]): string[] {
  return commands.map((command) => {
    command();
    const { daySpent, dayCount } = tenant.position();
    return `${daySpent}/${dayCount}`;
  });
}

t.test('what is held counts, then what is charged; what is given back counts no more, once', async (t) => {
  const tenant = new OneTenant();
  tenant.ask({ kind: 'setHoldRule', ...quick });
  const all = used(
    tenant,
    () => tenant.authorise({ key: 1, amount: 1000 }),
    () => tenant.raise(1, { key: 2, amount: 200 }),
    () => tenant.present({ key: 3, originalKey: 1, amount: 500, flags: FLAG.more }),
    () => tenant.reverse({ originalKey: 2 }),
    () => tenant.reverse({ originalKey: 1, kept: 900 }),
    () => tenant.present({ key: 4, originalKey: 1, amount: 580 }),
    () => tenant.reverse({ originalKey: 4 }),
    () => tenant.reverse({ originalKey: 3, kept: 400 }),
    () => tenant.reverse({ originalKey: 1 }),
    () => tenant.reverse({ originalKey: 3 }),
    () => tenant.reverse({ originalKey: 1 }),
  );
  const [held, raised, part, lowered, kept, tip, ...back] = all;
  t.same([held, raised, part, lowered, kept], ['1000/1', '1200/1', '1200/1', '1000/1', '900/1']);
  t.equal(tip, '1080/1', 'a tip counts as well');
  t.same(back, ['500/1', '400/1', '0/0', '0/0', '0/0']);
});

t.test('whichever way an authorisation ends, it is given back once', async (t) => {
  const ends: Record<string, (tenant: OneTenant) => void> = {
    reversed: (tenant) => tenant.reverse({ originalKey: 1 }),
    voided: (tenant) => tenant.ask({ kind: 'voidRequest', key: 1 }),
    expired: (tenant) => tenant.tick(2 * HOUR),
    'completed with nothing': (tenant) => tenant.present({ originalKey: 1, amount: 0 }),
    'cleared and credited': (tenant) => {
      tenant.present({ key: 2, originalKey: 1 });
      tenant.reverse({ originalKey: 2 });
    },
    'cleared and reversed': (tenant) => {
      tenant.present({ originalKey: 1 });
      tenant.reverse({ originalKey: 1 });
    },
    'cleared in part, expired, and credited': (tenant) => {
      tenant.present({ key: 2, originalKey: 1, amount: 10, flags: FLAG.more });
      tenant.tick(2 * HOUR);
      tenant.reverse({ originalKey: 2 });
    },
    'expired, cleared late, and credited': (tenant) => {
      tenant.tick(2 * HOUR);
      tenant.present({ key: 2, originalKey: 1 });
      tenant.reverse({ originalKey: 2 });
    },
  };
  for (const [name, end] of Object.entries(ends)) {
    const tenant = new OneTenant();
    tenant.ask({ kind: 'setHoldRule', ...quick });
    tenant.buy({ amount: 77 });
    t.same(
      used(tenant, () => tenant.authorise({ key: 1 })),
      ['1077/2'],
    );
    t.same(
      used(tenant, () => end(tenant)),
      ['77/1'],
      name,
    );
    t.same(
      used(tenant, () => tenant.reverse({ originalKey: 1 })),
      ['77/1'],
      `${name}, and reversed again`,
    );
    tenant.tick(2 * HOUR);
    t.same(
      used(tenant, () => tenant.tick(HOUR)),
      ['77/1'],
      `${name}, and its time up`,
    );
  }
});

t.test('a day that is over gets nothing back, nor does the one after it', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.buy({ key: 2 });
  tenant.tick(DAY);
  tenant.authorise({ amount: 5 });
  const late = used(
    tenant,
    () => tenant.present({ key: 3, originalKey: 1, amount: 600, flags: FLAG.more }),
    () => tenant.reverse({ originalKey: 3 }),
    () => tenant.reverse({ originalKey: 1 }),
    () => tenant.reverse({ originalKey: 2 }),
  );
  t.same(late, ['5/1', '5/1', '5/1', '5/1']);
});

t.test('money that comes in, and what is forced, is of no day', async (t) => {
  const tenant = new OneTenant({ perDay: 1000 });
  const all = used(
    tenant,
    () => tenant.buy({ key: 1, processingCode: 200_000 }),
    () => tenant.present({ key: 2 }),
    () => tenant.reverse({ originalKey: 1 }),
    () => tenant.reverse({ originalKey: 2 }),
  );
  t.same(all, ['0/0', '0/0', '0/0', '0/0']);
  t.equal(tenant.authorise().code, RESPONSE.approved);
});
