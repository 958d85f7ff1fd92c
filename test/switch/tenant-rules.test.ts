import t from 'tap';
import { LEVEL } from '../../ledger/limits/place.js';
import type { LimitRule, LimitsDocument } from '../../tenants/limits/schema.js';
import { type HeldCard, TimedSwitch } from './holds/timed-switch.js';
import { authorisation } from './iso-client.js';

t.setTimeout(120_000);

const NO_GAMBLING: LimitRule = { name: 'no gambling', kind: 'block', when: { mcc: 'gambling' } };
const DAY: LimitRule = { name: 'a day', kind: 'velocity', amountMinor: 5000, window: 'day' };
const limits = (...rules: readonly LimitRule[]): LimitsDocument => ({ timeZone: 'Europe/Paris', rules });

t.test(
  'the rules of a tenant’s document are in force from its next start on, and set only where they change',
  async (t) => {
    const system = await TimedSwitch.start(t);
    const card = system.card();
    const code = (of: HeldCard, minor: number, mcc: string) =>
      system.codeOf(authorisation(of, minor, { 18: mcc }));
    const inForce = async () => {
      const { rules } = await system.replayed('bank');
      return [...rules.attached()].map(([level, entity, set]) => ({
        place: [level, entity],
        revision: set.revision,
        rules: set.rules.map(({ name, number }) => [name, number]),
      }));
    };
    t.equal(await code(card, 3000, '7995'), '00');
    t.same(await inForce(), []);

    await system.configure('bank', {
      rules: limits(NO_GAMBLING),
      cardGroups: [{ name: 'interns', number: 7, rules: limits(DAY) }],
    });
    await system.restart();
    t.equal(await code(card, 3000, '7995'), '57');
    t.equal(await code(card, 3000, '5999'), '00');
    const first = [
      { place: [LEVEL.tenant, 0], revision: 1, rules: [['no gambling', 1]] },
      { place: [LEVEL.group, 7], revision: 1, rules: [['a day', 2]] },
    ];
    t.same(await inForce(), first);

    await system.restart();
    t.same(await inForce(), first, 'the same document sets nothing');

    await system.configure('bank', { rules: limits(DAY, NO_GAMBLING) });
    await system.restart();
    t.same(
      await inForce(),
      [
        {
          place: [LEVEL.tenant, 0],
          revision: 2,
          rules: [
            ['a day', 3],
            ['no gambling', 1],
          ],
        },
        first[1],
      ],
      'names keep their numbers, and what the document says nothing of stays',
    );
    t.equal(await code(card, 5001, '5999'), '61');
    t.equal(await code(card, 5000, '5999'), '00');

    await system.configure('bank', { rules: limits() });
    await system.restart();
    t.same(await inForce(), [first[1]]);
    t.equal(await code(card, 100, '7995'), '00');
    await system.prove(t);
  },
);

t.test('a programme is in force for every tenant, before and apart from their own rules', async (t) => {
  const system = await TimedSwitch.start(t);
  const [card, other] = [system.card(), system.card('club')];
  const code = (of: HeldCard, mcc: string) => system.codeOf(authorisation(of, 3000, { 18: mcc }));
  const inForce = async (tenant: 'bank' | 'club') => {
    const { rules } = await system.replayed(tenant);
    return [...rules.attached()].map(([level, , set]) => [
      level,
      set.revision,
      set.rules.map(({ number }) => number),
    ]);
  };
  await system.configure('bank', { programme: limits(NO_GAMBLING), rules: limits(DAY) });
  await system.restart();
  t.same([await code(card, '7995'), await code(other, '7995')], ['57', '57']);
  const programme = [LEVEL.programme, 1, [3_000_000_001]];
  t.same(await inForce('bank'), [programme, [LEVEL.tenant, 1, [1]]]);
  t.same(await inForce('club'), [programme]);

  await system.restart();
  t.same(await inForce('club'), [programme], 'the same document sets nothing');

  const tobacco: LimitRule = { name: 'no tobacco', kind: 'block', when: { mcc: 'tobacco' } };
  await system.configure('bank', { programme: limits(NO_GAMBLING, tobacco), rules: limits(DAY) });
  await system.restart();
  t.same([await code(other, '5993'), await code(other, '5999')], ['57', '00']);
  t.same(await inForce('club'), [[LEVEL.programme, 2, [3_000_000_001, 3_000_000_002]]]);

  await system.configure('bank', {});
  await system.restart();
  t.equal(await code(other, '5993'), '57', 'without one it stays');
  await system.prove(t);
});
