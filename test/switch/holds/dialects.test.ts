import t from 'tap';
import { dialectByName } from '../../../parsers/dialects/index.js';
import type { FieldValue } from '../../../parsers/writer.js';
import { byEdition } from '../../parsers/by-edition.js';
import { DialectClient } from '../dialect-client.js';
import { authorisation, type PackageMessage, reversalOf } from '../iso-client.js';
import { balancesOf } from './balances.js';
import { amount, clearingOf, DE60, incrementOf, partialReversalOf, repeatOf } from './messages.js';
import { type HeldCard, inquiry, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
type Fields = Readonly<Record<number, FieldValue>>;

/** The fields by which a dialect says something; `undefined` where it can't. */
interface Words {
  readonly estimated?: Fields;
  readonly incremental?: Fields;
  readonly partial?: Fields;
  readonly more?: Fields;
}

/** In 1993 and 2003, `byEdition` makes DE24 of the first digit. */
const PRIVATE: Words = {
  estimated: { 60: DE60.estimated },
  incremental: { 60: DE60.incremental },
  partial: { 60: DE60.partial },
  more: { 60: DE60.more },
};

const DIALECTS: Readonly<Record<string, Words>> = {
  'iso87-binary': PRIVATE,
  'iso87-ebcdic': PRIVATE,
  'iso93-ascii': PRIVATE,
  'iso93-binary': PRIVATE,
  'iso2003-binary': PRIVATE,
  visa: {
    estimated: { 60: '000000000002' },
    incremental: { 63: { fields: { 3: '3900' } } },
    partial: { 60: '000000000001' },
  },
  mastercard: { estimated: { 61: '000000400000' }, partial: { 48: 'R610510001' } },
  postilion: {},
  base24: {},
};

/** DE39 of 1987, and what says the same in 1993 and 2003. */
const CODES = {
  approved: ['00', '000', '0000'],
  partial: ['10', '002', '0002'],
  reversed: ['00', '400', '4000'],
  insufficient: ['51', '116', '1016'],
  noOriginal: ['25', '914', '9014'],
  duplicate: ['94', '913', '9013'],
} as const;

const names = Object.keys(DIALECTS);
const system = await TimedSwitch.start(t, {
  links: [
    { name: 'default', port: 0 },
    ...names.map((dialect) => ({ name: dialect, port: 0, dialect: dialect as 'visa' })),
  ],
});

for (const [index, name] of names.entries()) {
  const dialect = dialectByName(name);
  const { version } = dialect;
  const { estimated, incremental, partial, more } = DIALECTS[name]!;
  const code = (of: keyof typeof CODES) => CODES[of][version];

  t.test(name, async (t) => {
    const client = await DialectClient.connect(t, system.running.ports[index + 1]!, dialect, 'length2');

    /** Asks with a message of 1987, and the words for what that has no place for. */
    const ask = async (message: PackageMessage, words: Fields = {}) => {
      const { 0: mti, 60: _private, ...fields } = message;
      if (version > 0)
        return client.request(byEdition(dialect, { mti: mti!, fields: { ...fields, ...words } }));
      const plain = byEdition(dialect, { mti: mti!, fields });
      return client.request({ ...plain, fields: { ...plain.fields, ...words } });
    };
    const codeOf = async (message: PackageMessage, words: Fields = {}) =>
      (await ask(message, words)).fields[39];
    /** DE54 by this dialect, which the journal agrees to. */
    const money = async (card: HeldCard) => {
      const { mti, fields } = await ask(inquiry(card));
      t.same([mti, fields[39]], [`${version}110`, code('approved')]);
      const { ledger, available, currency } = balancesOf(fields[54]!);
      t.equal(currency, '978');
      t.same(await system.money(card), { ledger, available });
      return [ledger, available];
    };

    await t.test('estimate, increment, clearings, duplicate', async (t) => {
      const card = system.card();
      const request = authorisation(card, 20_000, { 18: '7011' });
      const reply = await ask(request, estimated);
      t.same([reply.mti, reply.fields[39]], [`${version}110`, code('approved')]);
      t.match(reply.fields[38], /^\d{6}$/);
      const repeat = await ask(repeatOf(request), estimated);
      t.same([repeat.fields[39], repeat.fields[38]], [code('approved'), reply.fields[38]]);
      let held = 20_000;
      if (incremental !== undefined) {
        t.equal(await codeOf(incrementOf(request, 5000), incremental), code('approved'));
        const never = authorisation(card, 1);
        t.equal(await codeOf(incrementOf(never, 5000, { 37: '' }), incremental), code('noOriginal'));
        held += 5000;
      }
      t.same(await money(card), [100_000, 100_000 - held]);
      if (more !== undefined) {
        t.equal(await codeOf(clearingOf(request, 4000), more), code('approved'));
        t.same(await money(card), [96_000, 100_000 - held]);
      }
      const left = more === undefined ? 19_000 : 15_000;
      const clearing = clearingOf(request, left);
      const cleared = await ask(clearing);
      t.same([cleared.mti, cleared.fields[39]], [`${version}230`, code('approved')]);
      t.equal(await codeOf(repeatOf(clearing)), code('approved'));
      t.same(await money(card), [81_000, 81_000]);
      t.equal(await codeOf(clearingOf(request, left)), code('duplicate'));
      t.equal(await codeOf(reversalOf(clearing)), code('reversed'));
      t.same((await money(card))[0], 81_000 + left);
    });

    await t.test('partial approval', async (t) => {
      const card = system.card();
      const request = authorisation(card, 150_000);
      if (partial === undefined) return t.equal(await codeOf(request), code('insufficient'));
      const { fields } = await ask(request, partial);
      const approved = (version === 2 ? '9782' : '') + amount(100_000);
      t.same([fields[39], fields[4]], [code('partial'), approved]);
      const repeat = await ask(repeatOf(request), partial);
      t.same([repeat.fields[39], repeat.fields[4]], [code('partial'), approved]);
      t.same(await money(card), [100_000, 0]);
      return t.equal(await codeOf(authorisation(card, 1)), code('insufficient'));
    });

    await t.test('reversal of a part, and of the rest', async (t) => {
      const card = system.card();
      const request = authorisation(card, 40_000);
      await ask(request);
      const part = partialReversalOf(request, 15_000);
      const reply = await ask(part);
      t.same([reply.mti, reply.fields[39]], [`${version}410`, code('reversed')]);
      t.equal(await codeOf(repeatOf(part)), code('reversed'));
      t.same(await money(card), [100_000, 85_000]);
      t.equal(await codeOf(reversalOf(request, { 0: '0420' })), code('reversed'));
      t.same(await money(card), [100_000, 100_000]);
    });

    await t.test('advices, a forced one, a refund, and dollars', async (t) => {
      const card = system.card();
      const declined = authorisation(card, 5000, { 0: '0120', 39: '51' });
      const advised = await ask(declined);
      t.same([advised.mti, advised.fields[39]], [`${version}130`, code('approved')]);
      t.equal(await codeOf(authorisation(card, 110_000, { 0: '0120', 39: '00' })), code('approved'));
      t.same(await money(card), [100_000, -10_000]);
      t.equal(await codeOf(authorisation(card, 1000, { 0: '0220' })), code('approved'));
      t.same(await money(card), [99_000, -11_000]);
      t.equal(await codeOf(authorisation(card, 50_000, { 0: '0200', 3: '200000' })), code('approved'));
      const dollars = { ...card, currency: '840' };
      const network = { 6: amount(12_345), 10: '61234500', 51: '978' };
      t.equal(await codeOf(authorisation(dollars, 10_000, network)), code('approved'));
      t.same(await money(card), [149_000, 26_655]);
    });
  });
}

t.test('one hold, whichever dialects its messages come by', async (t) => {
  const card = system.card();
  const request = authorisation(card, 30_000, { 60: DE60.estimated });
  t.equal(await system.codeOf(request), '00');
  const by = async (name: string, message: PackageMessage) => {
    const dialect = dialectByName(name);
    const port = system.running.ports[names.indexOf(name) + 1]!;
    const client = await DialectClient.connect(t, port, dialect, 'length2');
    const { 0: mti, ...fields } = message;
    return (await client.request(byEdition(dialect, { mti: mti!, fields }))).fields[39];
  };
  t.equal(await by('iso93-ascii', incrementOf(request, 2000)), '000');
  t.equal(await by('iso2003-binary', clearingOf(request, 12_000, { 60: DE60.more })), '0000');
  t.equal(await by('visa', clearingOf(request, 10_000)), '00');
  t.equal(await by('mastercard', clearingOf(request, 10_000)), '94');
  t.same(await system.money(card), { ledger: 78_000, available: 78_000 });
});

t.test('the journal proves itself', (t) => system.prove(t));
