import type { CompiledDialect } from './compiled-dialect.js';
import { EDITIONS } from './edition.js';
import type { Content } from './encoding.js';
import { IsoError } from './errors.js';
import type { MessageKey } from './message-key.js';

const DIGITS: readonly Content[] = ['n'];
const DIGITS_OR_TEXT: readonly Content[] = ['n', 'an', 'ans', 'anp'];
/** Shorter ones would make one key of two messages. */
const STAN_DIGITS = 6;
const RETRIEVAL_REFERENCE = 37;
const RESPONSE_CODE = 39;
/** MMDDhhmmss */
const TIME_DIGITS = 10;
const AMOUNT_DIGITS = 12;
const RATE_DIGITS = 8;
const ACQUIRER_DIGITS = 11;

/**
 * Makes sure that the switch can work by a dialect: that it has the fields that a message needs, and that what
 * is read as a number is written in digits.
 *
 * @param messageKey what messages are to be known by
 * @throws IsoError `HF_ISO_DIALECT` that names the field and the rule
 */
export function requireSwitchable(dialect: CompiledDialect, messageKey: MessageKey): void {
  const edition = EDITIONS[dialect.version]!;
  const { fields } = dialect.table;
  // A reply is written over its request, and is no longer: not even by a bitmap.
  if (dialect.bitmap.bits < RESPONSE_CODE) throw wrong(dialect, RESPONSE_CODE, 'the first bitmap has it');
  for (const field of [
    2,
    11,
    RESPONSE_CODE,
    ...edition.transaction,
    ...edition.reversal,
    ...edition.network,
  ]) {
    if (fields[field] === undefined) throw wrong(dialect, field, 'the switch needs it');
  }
  if (messageKey === 'retrieval' && fields[RETRIEVAL_REFERENCE] === undefined) {
    throw wrong(dialect, RETRIEVAL_REFERENCE, 'messages are to be known by it');
  }
  const numbers = [
    3,
    4,
    6,
    7,
    10,
    edition.time,
    11,
    14,
    edition.merchantType,
    32,
    edition.original,
    edition.originalAmount,
    edition.networkCode,
  ];
  for (const field of numbers) requireContent(dialect, field, DIGITS);
  requireContent(dialect, edition.currency, DIGITS_OR_TEXT);
  requireContent(dialect, edition.billingCurrency, DIGITS_OR_TEXT);
  requireContent(dialect, 2, DIGITS);
  requireContent(dialect, 35, ['z', 'n', 'ans', 'ns']);
  const { amountSkips } = edition;
  requireDigits(dialect, 3, 2, 9);
  for (const amount of [4, 6]) requireDigits(dialect, amount, 1 + amountSkips, AMOUNT_DIGITS + amountSkips);
  requireDigits(dialect, 10, 0, RATE_DIGITS);
  requireDigits(dialect, edition.originalAmount, AMOUNT_DIGITS + amountSkips);
  requireDigits(dialect, edition.time, edition.timeSkips + TIME_DIGITS);
  requireDigits(dialect, 11, STAN_DIGITS);
  requireDigits(dialect, 32, 0, ACQUIRER_DIGITS);
  // Replacement amounts; in the later editions DE95 is something else.
  if (dialect.version === 0) requireDigits(dialect, 95, AMOUNT_DIGITS);
}

/** What is read by its place is that long, and what goes into a key or an amount has room there. */
function requireDigits(dialect: CompiledDialect, field: number, least: number, most = 999): void {
  const { unitsMin = least, units = least } = dialect.table.fields[field] ?? {};
  if (unitsMin >= least && units <= most) return;
  throw wrong(dialect, field, `the switch needs a length of ${least} to ${most}`);
}

function requireContent(dialect: CompiledDialect, field: number, contents: readonly Content[]): void {
  const content = dialect.table.fields[field]?.content;
  if (content === undefined || contents.includes(content)) return;
  throw wrong(dialect, field, `the switch reads it as ${contents.join(' or ')}, not ${content}`);
}

function wrong(dialect: CompiledDialect, field: number, rule: string): IsoError {
  return new IsoError('HF_ISO_DIALECT', String(field), -1, `${dialect.name}: ${rule}`);
}
