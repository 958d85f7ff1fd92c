import { BOOK_NAMES } from '../books.js';
import { ASKED, CARD_STATUS, ENTRY, FLAG, MARK, TRAIT } from '../command.js';
import { RECORD } from '../record.js';
import { textArray } from './copy-rows.js';

/** What the numbers of the ledger are called in the read model. */

/** By number of {@link BOOK_NAMES}. */
export const BOOK_ACCOUNT_NAMES: readonly string[] = BOOK_NAMES.map(snakeCase);
/** By number of `CARD_STATUS`. */
export const CARD_STATUS_NAMES: readonly string[] = byNumber(CARD_STATUS);
/** By number of `RECORD`. */
export const RECORD_NAMES: readonly string[] = byNumber(RECORD);
/** By number of `ENTRY`. */
export const ENTRY_NAMES: readonly string[] = byNumber(ENTRY);
/** By number of `ASKED`. */
export const ASKED_NAMES: readonly string[] = byNumber(ASKED);
/** By bit (see `Command`). */
export const CHANNEL_NAMES = ['pos', 'contactless', 'ecommerce', 'moto', 'atm'] as const;

/** Sets of bits as fields of text[], each written out once. */
export class BitNames {
  readonly #names: readonly string[];
  readonly #fields: (Buffer | undefined)[] = [];

  /** @param names by bit */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  of(bits: number): readonly string[] {
    return this.#names.filter((_, bit) => (bits & (1 << bit)) !== 0);
  }

  field(bits: number): Buffer {
    const known = this.#fields[bits];
    if (known !== undefined) return known;
    const field = textArray(this.of(bits));
    this.#fields[bits] = field;
    return field;
  }
}

export const FLAG_NAMES = new BitNames(byBit(FLAG));
export const MARK_NAMES = new BitNames(byBit(MARK));
export const TRAIT_NAMES = new BitNames(byBit(TRAIT));
export const CHANNEL_SETS = new BitNames(CHANNEL_NAMES);

/** A currency as the read model has it: its ISO 4217 number in three digits. */
export function currencyName(currency: number): string {
  return String(currency).padStart(3, '0');
}

function byNumber(numbers: Readonly<Record<string, number>>): string[] {
  const names: string[] = [];
  for (const [name, number] of Object.entries(numbers)) names[number] = snakeCase(name);
  return names;
}

function byBit(bits: Readonly<Record<string, number>>): string[] {
  const names: string[] = [];
  for (const [name, bit] of Object.entries(bits)) names[Math.log2(bit)] = snakeCase(name);
  return names;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
