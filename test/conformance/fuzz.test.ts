import t from 'tap';
import { RULE, RULES } from '../../parsers/errors.js';
import { fuzz } from './fuzz.js';

t.test('damaged frames of every dialect are read or refused by a rule', async (t) => {
  const { frames, byRule, validated, errors } = fuzz(200_000, 1);
  t.equal(
    byRule.reduce((sum, times) => sum + times),
    frames,
  );
  t.ok(validated > 20_000 && errors > validated / 2, 'and many were validated');
  // Rules about what a message means are not the reader's, and no tag is read by `parse` itself.
  const beyond = new Set<number>([RULE.missingField, RULE.badValue, RULE.unexpectedResponse]);
  for (const [rule, { reason }] of RULES.entries()) {
    if (!beyond.has(rule)) t.ok(byRule[rule]! > 0, `${reason} was met`);
  }
});
