import t from 'tap';
import { HoldRules } from '../../ledger/hold-rules.js';
import { holdRules } from '../../tenants/hold-rules.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../../tenants/tenant.js';

const HOUR = 60;
const DAY = 24 * HOUR;
const [RESTAURANT, HOTEL, FUEL_PUMP, GROCER] = [5812, 7011, 5542, 5411];

function rulesOf(holds: NonNullable<Tenant['holds']>, tenant: Tenant): HoldRules {
  const rules = new HoldRules();
  for (const rule of holdRules({ ...tenant, holds })) rules.set(rule);
  return rules;
}

t.test('a tenant that says nothing holds for seven days, and tolerates nothing', async (t) => {
  const [tenant] = await loadTenants(PERSONAS_DIRECTORY);
  const rules = rulesOf({}, tenant!);
  t.ok(rules.minutes.every((minutes) => minutes === 7 * DAY));
  t.ok(rules.estimateMinutes.every((minutes) => minutes === 7 * DAY));
  t.ok(rules.tolerance.every((tolerance) => tolerance === 0));
  t.ok(rules.equals(new HoldRules()), 'as a ledger begins');
});

t.test('a network’s rules are by merchant category', async (t) => {
  const [tenant] = await loadTenants(PERSONAS_DIRECTORY);
  const visa = rulesOf({ scheme: 'visa' }, tenant!);
  t.equal(visa.tolerance[RESTAURANT], 2000, 'a tip of 20 %');
  t.equal(visa.minutes[RESTAURANT], 7 * DAY);
  t.same([visa.minutes[HOTEL], visa.estimateMinutes[HOTEL]], [7 * DAY, 30 * DAY]);
  t.same([visa.minutes[FUEL_PUMP], visa.toleranceAmount[FUEL_PUMP]], [2 * HOUR, 15_000]);
  t.same([visa.minutes[GROCER], visa.tolerance[GROCER]], [7 * DAY, 0]);
  const mastercard = rulesOf({ scheme: 'mastercard' }, tenant!);
  t.same([mastercard.minutes[FUEL_PUMP], mastercard.minutes[HOTEL]], [3 * DAY, 30 * DAY]);
});

t.test('a tenant’s own rules win over its network’s, the later over the earlier', async (t) => {
  const [tenant] = await loadTenants(PERSONAS_DIRECTORY);
  const rules = rulesOf(
    {
      scheme: 'visa',
      rules: [
        { mcc: ['5811-5814'], hours: 3, tolerancePercent: 12.5 },
        { mcc: ['5812'], hours: 4, estimateHours: 5, toleranceMinor: 700 },
      ],
    },
    tenant!,
  );
  t.same([rules.minutes[5811], rules.tolerance[5811]], [3 * HOUR, 1250]);
  t.same([rules.minutes[RESTAURANT], rules.estimateMinutes[RESTAURANT]], [4 * HOUR, 5 * HOUR]);
  t.same([rules.tolerance[RESTAURANT], rules.toleranceAmount[RESTAURANT]], [0, 700]);
  t.equal(rules.minutes[HOTEL], 7 * DAY, 'what they do not speak of is the network’s');
});
