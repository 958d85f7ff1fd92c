import t from 'tap';
import { LEVEL } from '../../../ledger/limits/place.js';
import { RuleSet } from '../../../ledger/limits/rule-set.js';
import { replacementOf } from '../../../tenants/limits/replacement.js';
import { compiled, documentOf } from './documented-tenant.js';

const rules = (...names: readonly string[]) => ({
  timeZone: 'Europe/Paris',
  holidays: 'FR',
  rules: names.map((name) => ({ name, kind: 'schedule', days: 'weekdays', publicHolidays: 'closed' })),
});
const numbersOf = (document: unknown, known: object = {}, above = 0) =>
  compiled(document, { known: new Map(Object.entries(known)), above }).program.rules.map(
    ({ number }) => number,
  );
const BY = { level: LEVEL.tenant, currency: 978, year: 2026 };

t.test('a name keeps its number, and another gets the next one', async (t) => {
  t.same(numbersOf(rules('a', 'b')), [1, 2]);
  t.same(numbersOf(rules('c', 'b', 'a', 'd'), { a: 1, b: 2 }), [3, 2, 1, 4]);
  t.same(
    numbersOf(rules('c'), { a: 1, b: 7 }),
    [8],
    'the numbers of those that are gone are not given again',
  );
  t.same(numbersOf(rules('a', 'b'), { a: 1 }, 20), [1, 21], 'nor those of other sets');
});

t.test('what is retired is not compiled, and keeps the number that it had', async (t) => {
  const document = {
    rules: [{ name: 'a', kind: 'block', state: 'retired' }, ...rules('b').rules],
    holidays: 'FR',
  };
  const { program, numbers } = compiled(document, { known: new Map([['a', 5]]) });
  t.match(program.rules, [{ name: 'b', number: 6 }]);
  t.same(
    [...numbers],
    [
      ['a', 5],
      ['b', 6],
    ],
  );
});

t.test('shadows are named one by one, or all of them are', async (t) => {
  const document = {
    rules: [
      { name: 'a', kind: 'block', state: 'shadow' },
      { name: 'b', kind: 'block' },
    ],
  };
  const shadows = (shadow: boolean) =>
    compiled(document, { shadow }).program.rules.map((rule) => rule.shadow ?? false);
  t.same(shadows(false), [true, false]);
  t.same(shadows(true), [true, true]);
});

function inForce(text: string): RuleSet {
  const set = RuleSet.of(text, LEVEL.tenant);
  if (typeof set === 'string') throw new Error(set);
  return set;
}

t.test('the same document is no other program, for eight years', async (t) => {
  const document = documentOf(rules('a', 'b'));
  const first = replacementOf(document, undefined, BY)!;
  t.equal(first.program.revision, 1);
  for (const year of [2026, 2027, 2034]) {
    t.equal(replacementOf(document, inForce(first.text), { ...BY, year }), undefined, String(year));
  }
  const renewed = replacementOf(document, inForce(first.text), { ...BY, year: 2035 })!;
  t.equal(renewed.program.revision, 2);
  t.ok(renewed.program.calendar.holidays.at(-1)! > first.program.calendar.holidays.at(-1)!);
  t.same(renewed.program.rules, first.program.rules);
});

t.test('another document is another program, in which names keep their numbers', async (t) => {
  const first = replacementOf(documentOf(rules('a', 'b')), undefined, BY)!;
  const next = replacementOf(documentOf(rules('c', 'b')), inForce(first.text), BY)!;
  t.match(next.program, {
    revision: 2,
    rules: [
      { name: 'c', number: 3 },
      { name: 'b', number: 2 },
    ],
  });
});

t.test('a document without rules in force is none', async (t) => {
  const document = documentOf({ rules: [{ name: 'a', kind: 'block', state: 'retired' }] });
  t.equal(replacementOf(document, undefined, BY), undefined);
  const first = replacementOf(documentOf(rules('a')), undefined, BY)!;
  t.equal(replacementOf(document, inForce(first.text), BY)!.text, '');
});
