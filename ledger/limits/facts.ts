import type { Command } from '../command.js';
import type { LocalMinute } from './local-calendar.js';

/** Digits of a processing code after the first two. */
const TYPE_SHIFT = 10_000;
/** Where DE42 begins among the words of the identifiers, and how many it takes. */
const MERCHANT_WORD = 5;
export const MERCHANT_WORDS = 4;

/** What rules ask of the message at hand; filled again for each. */
export class Facts {
  command!: Command;
  /** What the account would be charged, in minor units of its currency, which is `currency`. */
  amount = 0;
  /** ISO 4217 number of the account. */
  currency = 0;
  /** The first two digits of DE3. */
  type = 0;
  /** Minutes since 1970. */
  minute = 0;
  /** That minute by the calendar of the rules that ask. */
  local!: LocalMinute;

  of(command: Command, amount: number, currency: number, minute: number): void {
    this.command = command;
    this.amount = amount;
    this.currency = currency;
    this.type = Math.floor(command.processingCode / TYPE_SHIFT);
    this.minute = minute;
  }

  /** A word of DE42, four bytes of it. */
  merchantWord(word: number): number {
    return this.command.identifierWords[MERCHANT_WORD + word]!;
  }
}
