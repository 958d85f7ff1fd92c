import fc from 'fast-check';
import t from 'tap';
import { EDITIONS, responseText } from '../../../parsers/edition.js';
import { DECLINE_CODES, verdictOf } from '../../../tenants/decisions/decision-answer.js';
import { RESPONSE_CODES } from '../../../tenants/limits/compile.js';
import { holds } from '../../parsers/property.js';

const AUTHORISATION = 1;
const MALFUNCTION = '909';

t.test('an approval, of all, of less, of no more than was asked for', async (t) => {
  t.same(verdictOf(200, '{"decision":"approve"}', 500), { responseCode: 0, amount: 500 });
  t.same(verdictOf(200, '{"decision":"approve","amount":300}', 500), { responseCode: 0, amount: 300 });
  t.same(verdictOf(200, '{"decision":"approve","amount":900}', 500), { responseCode: 0, amount: 500 });
  t.same(verdictOf(200, '{"decision":"approve","more":true}', 500), { responseCode: 0, amount: 500 });
});

t.test('a decline, with a code or 05', async (t) => {
  t.same(verdictOf(200, '{"decision":"decline"}', 500), { responseCode: 5, amount: 0 });
  t.same(verdictOf(200, '{"decision":"decline","response_code":"59"}', 500), { responseCode: 59, amount: 0 });
});

t.test('what is no answer', async (t) => {
  for (const [status, body] of [
    [201, '{"decision":"approve"}'],
    [302, '{"decision":"approve"}'],
    [500, '{"decision":"approve"}'],
    [200, ''],
    [200, '[]'],
    [200, 'null'],
    [200, '{"decision":"Approve"}'],
    [200, '{"decision":"approve","amount":-1}'],
    [200, '{"decision":"approve","amount":0.5}'],
    [200, '{"decision":"approve","amount":"1"}'],
    [200, '{"decision":"decline","response_code":"00"}'],
    [200, '{"decision":"decline","response_code":"91"}'],
  ] as const) {
    t.equal(verdictOf(status, body, 500), undefined, `${status} ${body}`);
  }
});

t.test('any text is an answer or none, and nothing is thrown', async (t) => {
  holds(
    t,
    fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(), (body, amount) => {
      const verdict = verdictOf(200, body, amount);
      if (verdict !== undefined && verdict.amount > amount) throw new Error('more than was asked for');
    }),
    1000,
  );
});

t.test('what a tenant or a rule may decline with has a code of its own in every edition', async (t) => {
  const codes = [...DECLINE_CODES.map(Number), ...Object.values(RESPONSE_CODES)];
  for (const edition of EDITIONS.filter((edition) => edition?.responseDigits === 3)) {
    for (const code of codes) t.not(responseText(edition, AUTHORISATION, code), MALFUNCTION, `${code}`);
  }
});
