import fc from 'fast-check';
import t from 'tap';
import { cardName, cardUuid, type Kind, ObjectNames } from '../../../tenants/api/object-names.js';
import type { Problem } from '../../../tenants/api/problem.js';

const names = new ObjectNames(Buffer.alloc(32, 7));
const kinds = ['acct', 'auth', 'hold', 'evt'] as const;
const tenant = fc.integer({ min: 1, max: 32_767 });
const first = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const second = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const kind = fc.constantFrom<Kind[]>(...kinds);

t.test('a name gives its numbers back to its tenant and kind, and to no others', async (t) => {
  fc.assert(
    fc.property(kind, kind, tenant, tenant, first, second, (one, other, ours, theirs, number, more) => {
      const name = names.name(one, ours, number, more);
      const found = JSON.stringify(names.find(one, ours, name));
      if (found !== JSON.stringify([number, more, 0])) return false;
      if (ours !== theirs && names.find(one, theirs, name) !== null) return false;
      return one === other || names.find(other, ours, name.replace(one, other)) === null;
    }),
  );
  t.pass();
});

t.test('a name of bytes gives them back to its tenant and kind, and to no others', async (t) => {
  const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((drawn) => Buffer.from(drawn));
  fc.assert(
    fc.property(tenant, tenant, bytes, (ours, theirs, drawn) => {
      const name = names.longName('trf', ours, drawn);
      const found = (kind: 'trf' | 'ent', tenant: number) => {
        try {
          return names.requireLong(kind, tenant, name.replace('trf', kind)).toString('hex');
        } catch (error) {
          return (error as Problem).code;
        }
      };
      if (found('trf', ours) !== drawn.toString('hex') || found('ent', ours) !== 'HF_NOT_FOUND') return false;
      return ours === theirs || found('trf', theirs) === 'HF_NOT_FOUND';
    }),
  );
  t.pass();
});

t.test('what is changed in a name, or is none, is found by nobody', async (t) => {
  const name = names.name('acct', 3, 17);
  for (let digit = 5; digit < name.length; digit++) {
    const changed = name.slice(0, digit) + (name[digit] === '0' ? '1' : '0') + name.slice(digit + 1);
    t.equal(names.find('acct', 3, changed), null);
  }
  for (const none of ['', 'acct_', 'acct_17', name.toUpperCase(), ` ${name}`, `${name}0`]) {
    t.throws(() => names.require('acct', 3, none), { code: 'HF_NOT_FOUND' });
  }
  t.not(new ObjectNames(Buffer.alloc(32, 8)).name('acct', 3, 17), name);
});

t.test('a cursor is of one tenant and one list', async (t) => {
  const cursor = names.cursor(3, 'cards', ['2026-01-01 00:00:00+00', 5]);
  t.same(names.place(3, 'cards', cursor), ['2026-01-01 00:00:00+00', 5]);
  const bytes = Buffer.from(cursor, 'base64url');
  bytes[15]! ^= 1;
  for (const [of, list, text] of [
    [4, 'cards', cursor],
    [3, 'accounts', cursor],
    [3, 'cards', bytes.toString('base64url')],
    [3, 'cards', cursor.slice(0, 20)],
    [3, 'cards', 'A'],
    [3, 'cards', ''],
  ] as const) {
    t.throws(() => names.place(of, list, text), { code: 'HF_INVALID_CURSOR' });
  }
});

t.test('a card is named by its UUID', async (t) => {
  const uuid = '5e0f2d9e-2d0c-4a34-9d25-0a1b2c3d4e5f';
  t.equal(cardUuid(cardName(uuid)), uuid.replaceAll('-', ''));
  t.throws(() => cardUuid(uuid), { code: 'HF_NOT_FOUND' });
});
