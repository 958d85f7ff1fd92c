import t from 'tap';
import { type Batch, KIND } from '../../parsers/batch.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import type { MessageText } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { ascii, purchase, readOne, reversal } from './one-message.js';

const COLUMNS = [
  'kind',
  'tenant',
  'repeat',
  'amount',
  'currency',
  'billing',
  'billingCurrency',
  'rate',
  'cashback',
  'approvalCode',
  'kept',
  'flags',
  'processingCode',
  'mcc',
  'entryMode',
  'expiry',
  'channel',
  'token',
  'key',
  'originalKey',
  'fingerprint',
  'identifiers',
  'entry',
  'traits',
  'country',
  'acquirer',
  'acceptorLength',
  'acceptor',
] as const;

/** What the ledger is told of a message. */
function told(batch: Batch) {
  return COLUMNS.map((name) => [name, ...batch.columns[name]]);
}

const TRACK = '9999010012345678=30121010000';
const NO_PAN = { 2: undefined, 14: undefined };
const MESSAGES: readonly (readonly [what: string, message: MessageText])[] = [
  ['a purchase', purchase()],
  ['a repeat', purchase({}, '0101')],
  ['a purchase by a PAN of 19 digits', purchase({ 2: '9999010012345678901' })],
  ['a purchase by a PAN of 13 digits', purchase({ 2: '9999010012345' })],
  ['a purchase by track 2', purchase({ ...NO_PAN, 35: TRACK })],
  ['a purchase by a track 2 of odd length', purchase({ ...NO_PAN, 35: `${TRACK}1` })],
  ['a purchase by a track 2 without a date', purchase({ ...NO_PAN, 35: '9999010012345678==101' })],
  ['a merchant and a country', purchase({ 19: '250', 43: 'CAFÉ DU PORT'.padEnd(40) })],
  ['a PIN', purchase({ 52: '0123456789ABCDEF' })],
  ['the greatest amount', purchase({ 4: '999999999999' })],
  ['an acquirer of an odd length', purchase({ 32: '12345678901' })],
  ['contactless', purchase({ 22: '071' })],
  ['the internet', purchase({ 22: '812', 25: '59' })],
  ['cash', purchase({ 3: '010000', 18: '6011' })],
  ['a converted purchase', purchase({ 6: '000000001500', 10: '61234567', 51: '840' })],
  ['cashback', purchase({ 3: '090000', 54: '0040978D000000000500' })],
  ['a completion', purchase({ 11: '000044', 38: '123456', 90: reversal().fields[90] as string }, '0220')],
  ['a clearing of no hold', purchase({ 38: 'A1B2C3' }, '0200')],
  ['an advice of what was declined', purchase({ 39: '51' }, '0120')],
  ['a balance inquiry', purchase({ 3: '310000', 4: undefined }, '0200')],
  ['a partial reversal', reversal({ 95: '000000000234'.padEnd(42, '0') })],
  ['a reversal advice', reversal({}, '0420')],
  ['a reversal', reversal()],
  ['a reversal of an unnamed original', reversal({ 90: undefined })],
];

/** Dialects of the same edition, which must make the same of a message. */
function alike(version: number): readonly CompiledDialect[] {
  return DIALECT_NAMES.map(dialectByName).filter((dialect) => dialect.version === version);
}

for (const [version, reference] of [
  [0, ascii],
  [1, dialectByName('iso93-ascii')],
] as const) {
  for (const dialect of alike(version)) {
    if (dialect === reference) continue;
    t.test(`${dialect.name}: the ledger is told of a message what ${reference.name} tells`, async (t) => {
      for (const [what, message] of MESSAGES) {
        const expected = readOne(byEdition(reference, message), reference);
        t.not(expected.columns.kind[0], KIND.formatError, what);
        t.same(told(readOne(byEdition(dialect, message), dialect)), told(expected), what);
      }
    });
  }
}
