import { type CompiledDialect, type CompiledField, MODE } from './compiled-dialect.js';
import { EDITIONS } from './edition.js';
import { FROM_LATIN1, isText } from './encoding.js';
import { CURRENCIES } from './meaning/currencies.js';
import { Output } from './output.js';
import type { ReplyValues } from './reply-values.js';
import { writeField } from './write-field.js';

/** Additional amounts, in a response the balances of an account. */
export const BALANCES = 54;
/** Bytes of it at most: a prefix, and two amounts of 21 characters. */
export const BALANCES_BYTES = 8 + 2 * 21;

/** Amount types (ISO 8583:1987 table A.5, 1993 annex A.2). */
const LEDGER = 1;
const AVAILABLE = 2;
const AMOUNT_MAX = 999_999_999_999;
/** Digits of the parts of one amount. */
const ACCOUNT_TYPE = 2;
const AMOUNT_TYPE = 2;
const CURRENCY = 3;
const AMOUNT = 12;
const ZERO = 0x30;
const CREDIT = 0x43;
const DEBIT = 0x44;

/** Decimal places by ISO 4217 number; of one that is not listed the usual two. */
const EXPONENTS = new Uint8Array(1000).fill(2);
for (const { numeric, exponent } of CURRENCIES.values()) EXPONENTS[Number(numeric)] = exponent;

/**
 * Writes DE54 of a reply: the ledger balance and the available one, each as account type (of DE3, digits 3 and 4),
 * amount type, currency, in the edition of 2003 its exponent, C or D, and twelve digits.
 */
export class BalanceWriter {
  /** DE54 with zeros, of which each reply has a copy. */
  readonly #template: Uint8Array;
  readonly #page: Uint8Array;
  readonly #hasExponent: boolean;

  private constructor(template: Uint8Array, page: Uint8Array, hasExponent: boolean) {
    this.#template = template;
    this.#page = page;
    this.#hasExponent = hasExponent;
  }

  /** Null where the dialect has no DE54 in its first bitmap, or one of another form. */
  static of({ version, table, bitmap }: CompiledDialect): BalanceWriter | null {
    const field = table.fields[BALANCES];
    const { additionalAmount, amountSkips } = EDITIONS[version]!;
    if (field === undefined || bitmap.bits < BALANCES || !holds(field, additionalAmount)) return null;
    const out = new Output();
    writeField(field, '0'.repeat(2 * additionalAmount), out, field.key);
    return new BalanceWriter(
      Uint8Array.from(out.bytes.subarray(0, out.at)),
      FROM_LATIN1[field.encoding]!,
      amountSkips > 0,
    );
  }

  /**
   * Writes DE54 into `target` at `at`, for a message of that processing code.
   * @returns where it ends; `at` itself, with nothing written, where a balance has more than twelve digits
   */
  write(reply: ReplyValues, processingCode: number, target: Uint8Array, at: number): number {
    const { ledgerBalance, availableBalance, balanceCurrency } = reply;
    if (Math.max(Math.abs(ledgerBalance), Math.abs(availableBalance)) > AMOUNT_MAX) return at;
    const accountType = Math.floor(processingCode / 100) % 100;
    const template = this.#template;
    for (let byte = 0; byte < template.length; byte++) target[at + byte] = template[byte]!;
    const end = at + template.length;
    // From behind, as what stands in front of the amounts is the dialect's.
    const between = this.#amount(availableBalance, accountType, AVAILABLE, balanceCurrency, target, end);
    this.#amount(ledgerBalance, accountType, LEDGER, balanceCurrency, target, between);
    return end;
  }

  /** Writes one amount so that it ends before `end`; returns where it begins. */
  #amount(
    balance: number,
    accountType: number,
    amountType: number,
    currency: number,
    target: Uint8Array,
    end: number,
  ): number {
    let at = this.#digits(Math.abs(balance), AMOUNT, target, end);
    target[--at] = this.#page[balance < 0 ? DEBIT : CREDIT]!;
    if (this.#hasExponent) at = this.#digits(EXPONENTS[currency]!, 1, target, at);
    at = this.#digits(currency, CURRENCY, target, at);
    at = this.#digits(amountType, AMOUNT_TYPE, target, at);
    return this.#digits(accountType, ACCOUNT_TYPE, target, at);
  }

  #digits(value: number, count: number, target: Uint8Array, end: number): number {
    const zero = this.#page[ZERO]!;
    let rest = value;
    for (let at = end - 1; at >= end - count; at--) {
      target[at] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    return end - count;
  }
}

/** Whether two amounts, each of so many characters, are a value of the field. */
function holds(
  { mode, encoding, content, units, unitsMin, structure }: CompiledField,
  each: number,
): boolean {
  if (mode !== MODE.prefixed || !isText(encoding) || !content.startsWith('an')) return false;
  if (units < 2 * each || unitsMin > 2 * each) return false;
  if (structure === null) return true;
  // A structure of other parts has them in other places.
  if (structure.kind !== 'repeated') return false;
  return structure.fields.reduce((sum, part) => sum + part.units, 0) === each;
}
