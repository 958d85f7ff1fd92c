import { randomBytes } from 'node:crypto';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { writeAcceptor } from '../../parsers/convert/acceptor.js';
import { EDITIONS, PARTIAL_REVERSAL, responseText } from '../../parsers/edition.js';
import { countryOf } from '../../parsers/meaning/countries.js';
import { currencyOf } from '../../parsers/meaning/currencies.js';
import { CLASS } from '../../parsers/message-key.js';
import type { FieldValue, MessageText } from '../../parsers/writer.js';
import { notPossible } from '../../tenants/api/problem.js';
import type { OriginalMessage, SimulatedMessage, Stamp } from '../../tenants/api/sandbox-port.js';
import { addHeads, indicate } from './indicate.js';
import { isFromCard, writeCondition } from './point-of-service.js';

/** DE32 of what the sandbox sends. */
export const ACQUIRER = '70000000009';

const APPROVED = 0;
const DO_NOT_HONOUR = 5;
const AMOUNT_DIGITS = 12;
const PIN_BLOCK_BYTES = 8;
/** Service code of a chip card for everywhere (ISO/IEC 7813), and discretionary data that say nothing. */
const TRACK_2_REST = '2010000000000';
const TRACK_2_MAX = 37;

/** The message class, one of `CLASS`, of what is sent. */
export function classOf({ kind }: SimulatedMessage): number {
  if (kind === 'clearing') return CLASS.financial;
  return kind === 'reversal' ? CLASS.reversal : CLASS.authorisation;
}

/**
 * A message as a dialect says it.
 * @throws Problem `HF_NOT_POSSIBLE` where the dialect has no place for what it is to say
 */
export function compose(
  dialect: CompiledDialect,
  message: SimulatedMessage,
  stamp: Stamp,
  byRetrieval: boolean,
): MessageText {
  const { version, table } = dialect;
  const edition = EDITIONS[version]!;
  const { place, original } = message;
  const all: Record<number, FieldValue | undefined> = {
    2: message.pan,
    3: message.processingCode,
    ...timesOf(version, new Date(stamp.at)),
    11: stanText(version, stamp.stan),
    14: message.expiry,
    19: place.country ?? undefined,
    [edition.merchantType]: place.category,
    32: original === null ? ACQUIRER : (original.acquirer ?? undefined),
    37: referenceOf(message, stamp, byRetrieval),
    38:
      message.advice && message.kind === 'authorization' ? undefined : (original?.approvalCode ?? undefined),
    41: place.terminal,
    42: place.merchant,
  };
  const fields: Record<number, FieldValue> = {};
  // A dialect of a file's need not have all of them.
  for (const [number, value] of Object.entries(all)) {
    if (value !== undefined && value !== '' && table.fields[Number(number)] !== undefined) {
      fields[Number(number)] = value;
    }
  }
  if (version > 0) fields[24] = `${classOf(message)}00`;
  writeAmounts(version, message, fields);
  writePlace(dialect, message, fields);
  if (message.advice && message.kind !== 'reversal') {
    fields[39] = responseText(edition, classOf(message), message.declined ? DO_NOT_HONOUR : APPROVED);
  }
  if (original?.stan && original.transmitted) fields[edition.original] = originalText(version, original);
  indicate(dialect, message.indicators, fields);
  addHeads(dialect, fields);
  return { mti: `${version}${classOf(message)}${message.advice ? 2 : 0}0`, fields };
}

/** A request to sign on. */
export function signOn({ version }: CompiledDialect, stamp: Stamp): MessageText {
  const times = timesOf(version, new Date(stamp.at));
  const code = version === 0 ? { 70: '001' } : { 24: '801' };
  return {
    mti: `${version}80${version === 0 ? 0 : 4}`,
    fields: {
      7: times[7]!,
      ...(version === 0 ? {} : { 12: times[12]! }),
      11: stanText(version, stamp.stan),
      ...code,
    },
  };
}

/** Where messages are known by their reference, an increment and an advice are others than their original. */
function referenceOf({ kind, original }: SimulatedMessage, stamp: Stamp, byRetrieval: boolean): string {
  const isNew = original === null || (byRetrieval && (kind === 'increment' || kind === 'authorization'));
  return isNew ? stamp.reference : (original.reference ?? stamp.reference);
}

/** MMDDhhmmss in DE7; DE12, in 1987 with DE13, is local, which is UTC here. */
function timesOf(version: number, at: Date): Record<number, string> {
  const [, century = '', year = '', date = '', time = ''] = /^(\d\d)(\d\d)(\d{4})(\d{6})/.exec(
    at.toISOString().replace(/\D/g, ''),
  )!;
  const transmitted = date + time;
  if (version === 0) return { 7: transmitted, 12: time, 13: date };
  return { 7: transmitted, 12: (version === 1 ? '' : century) + year + transmitted };
}

function stanText(version: number, stan: number | string): string {
  return String(stan).padStart(version === 2 ? 12 : 6, '0');
}

/** DE4, DE49, DE54, and what a partial reversal lets stand: DE95, or DE30 of which DE4 is reversed. */
function writeAmounts(version: number, message: SimulatedMessage, fields: Record<number, FieldValue>): void {
  const { amount, currency, cashBack, kept, original } = message;
  const exponent = currencyOf(currency)?.exponent ?? 2;
  const digits = (minor: number) => String(minor).padStart(AMOUNT_DIGITS, '0');
  const text = (minor: number) => (version === 2 ? `${currency}${exponent}` : '') + digits(minor);
  const isPartial = message.kind === 'reversal' && kept > 0;
  if (version < 2) fields[49] = currency;
  if (cashBack > 0) fields[54] = `0040${currency}${version === 2 ? exponent : ''}D${digits(cashBack)}`;
  if (!isPartial) {
    fields[4] = text(amount);
    return;
  }
  const whole = original?.amount ?? amount;
  if (version === 0) {
    fields[4] = text(whole);
    fields[95] = `${digits(kept)}${digits(0)}C00000000C00000000`;
    return;
  }
  fields[4] = text(whole - kept);
  fields[24] = String(PARTIAL_REVERSAL);
  fields[30] = text(whole) + text(0);
}

/** DE22, DE25, DE35, DE43 and DE52. */
function writePlace(
  dialect: CompiledDialect,
  message: SimulatedMessage,
  fields: Record<number, FieldValue>,
): void {
  const { table } = dialect;
  const { acceptor, condition } = message.place;
  if (acceptor !== null && table.fields[43] !== undefined) {
    const { name, city, country } = acceptor;
    if (countryOf(country) === undefined) {
      throw notPossible('/merchant/country', 'country', 'it must be two letters of ISO 3166-1');
    }
    const whole = { name, street: '', city, postal: '', region: '', country };
    fields[43] = writeAcceptor(table.fields[43], whole).value;
  }
  if (condition === null) return;
  writeCondition(dialect, condition, fields);
  if (isFromCard(condition.entry) && table.fields[35] !== undefined) {
    fields[35] = `${message.pan}=${message.expiry}${TRACK_2_REST}`.slice(0, TRACK_2_MAX);
  }
  // Nobody here could open it: what counts is that one was given.
  if (condition.pin && table.fields[52] !== undefined) {
    fields[52] = randomBytes(PIN_BLOCK_BYTES).toString('hex').toUpperCase();
  }
}

/** DE90 (1987): MTI, STAN, DE7, acquirer, forwarder. DE56: MTI, STAN, DE12, acquirer behind two digits of length. */
function originalText(version: number, original: OriginalMessage): string {
  const { advice, stan, transmitted, at, acquirer } = original;
  const head = `${version}1${advice ? 2 : 0}0${stanText(version, stan!)}`;
  const sender = acquirer ?? '';
  if (version === 0) return `${head}${transmitted}${sender.padStart(11, '0')}${'0'.repeat(11)}`;
  const year = String(yearOf(transmitted!, at));
  const counted = sender === '' ? '' : String(sender.length).padStart(2, '0') + sender;
  return `${head}${version === 1 ? year.slice(2) : year}${transmitted}${counted}`;
}

/** The year of a time without one, which was about when the message was decided. */
function yearOf(transmitted: string, at: Date): number {
  const months = Number(transmitted.slice(0, 2)) - (at.getUTCMonth() + 1);
  return at.getUTCFullYear() - (months > 6 ? 1 : months < -6 ? -1 : 0);
}
