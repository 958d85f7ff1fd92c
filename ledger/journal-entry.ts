import { BOOK_NAMES } from './books.js';
import {
  ASKED,
  COMMAND,
  Command,
  Decision,
  DIRECTION,
  ENTRY,
  FLAG,
  KEPT_NOTHING,
  MARK,
  TRAIT,
} from './command.js';
import { BodyReader } from './journal-body.js';
import { LEVEL_NAMES } from './limits/place.js';
import { transmissionOf } from './message-key.js';
import type { StoredRow } from './read-journal.js';

/** Columns of an exported entry, in their order; a kind of command that has no such member leaves it empty. */
export const ENTRY_COLUMNS = [
  'tenant',
  'seq',
  'entry',
  'at',
  'command',
  'responseCode',
  'approvalCode',
  'marks',
  'rule',
  'shadowRule',
  'amount',
  'currency',
  'billed',
  'billedRate',
  'flags',
  'cashback',
  'kept',
  'asked',
  'verdict',
  'askedMs',
  'verdictAmount',
  'account',
  'overdraft',
  'token',
  'originalToken',
  'key',
  'stan',
  'transmitted',
  'acquirer',
  'originalKey',
  'originalStan',
  'originalTransmitted',
  'originalAcquirer',
  'originalApprovalCode',
  'networkBilling',
  'networkBillingCurrency',
  'networkRate',
  'processingCode',
  'merchantType',
  'entryMode',
  'cardEntry',
  'traits',
  'country',
  'retrievalReference',
  'terminal',
  'merchant',
  'acceptor',
  'expiry',
  'windowHours',
  'channels',
  'status',
  'perTransaction',
  'perDay',
  'perDayCount',
  'merchantTypeTo',
  'holdMinutes',
  'estimateMinutes',
  'tolerance',
  'toleranceAmount',
  'toCurrency',
  'rate',
  'exponents',
  'spread',
  'level',
  'entity',
  'program',
  'group',
  'holder',
  'counterAccount',
  'direction',
  'book',
  'mayOverdraw',
] as const;
export type EntryColumn = (typeof ENTRY_COLUMNS)[number];

/** One command of a journal in words and digits; amounts in minor units, the card by its token alone. */
export type JournalEntry = { readonly [Column in EntryColumn]?: string | number };

const NAMES = byNumber(COMMAND);
const ENTRY_NAMES = byNumber(ENTRY);
const RRN_END = 12;
const TERMINAL_END = 20;

/** Spells the entries of journal rows out. */
export class EntryReader {
  readonly #command = new Command();
  readonly #decision = new Decision();
  readonly #reader = new BodyReader(this.#command, this.#decision);

  /**
   * The entries of one row.
   * @param tenant its name
   * @throws InvariantError when the body can't be read
   */
  *entriesOf(tenant: string, row: StoredRow): Generator<JournalEntry> {
    this.#reader.open(row.body);
    const at = new Date(row.at).toISOString();
    for (let entry = 1; this.#reader.next(); entry++) {
      const command = NAMES.get(this.#command.kind)!;
      yield { tenant, seq: row.seq, entry, at, command, ...this.#members() };
    }
  }

  #members(): JournalEntry {
    const command = this.#command;
    const { account, amount, currency, channels, expiry, status } = command;
    switch (command.kind) {
      case COMMAND.authorise:
      case COMMAND.clear:
      case COMMAND.reverse:
        return this.#message();
      case COMMAND.voidRequest:
      case COMMAND.expireHold:
        return keyOf(command.key);
      case COMMAND.advanceTime:
        return {};
      case COMMAND.setLimits: {
        const { perTransaction, perDay, perDayCount } = command;
        return { currency: digits(currency, 3), channels, perTransaction, perDay, perDayCount };
      }
      case COMMAND.setRules: {
        const { level, entity, program } = command;
        return { level: LEVEL_NAMES[level]!, entity, program };
      }
      case COMMAND.setHoldRule: {
        const { mcc, mccTo, holdMinutes, estimateMinutes, tolerance, toleranceAmount } = command;
        const range = { merchantType: digits(mcc, 4), merchantTypeTo: digits(mccTo, 4) };
        return { ...range, holdMinutes, estimateMinutes, tolerance, toleranceAmount };
      }
      case COMMAND.setRate: {
        const { billingCurrency, rate, exponents, spread } = command;
        const pair = { currency: digits(currency, 3), toCurrency: digits(billingCurrency, 3) };
        return { ...pair, rate: digits(rate, 8), exponents, spread };
      }
      case COMMAND.openAccount:
        return { account, currency: digits(currency, 3), overdraft: command.overdraft };
      case COMMAND.issueCard:
        return { token: hex(command.token), account, expiry: digits(expiry, 4), status, channels };
      case COMMAND.aliasCard:
        return { token: hex(command.token), originalToken: hex(command.originalToken) };
      case COMMAND.changeCard: {
        const changed = { expiry: digits(expiry, 4), status, channels, group: command.group };
        return { token: hex(command.token), ...changed };
      }
      case COMMAND.issueToken: {
        const tokens = { token: hex(command.token), originalToken: hex(command.originalToken) };
        return { ...tokens, expiry: digits(expiry, 4), status, channels };
      }
      case COMMAND.postFunds:
      case COMMAND.transferFunds:
        return this.#funds();
      case COMMAND.setOverdraft:
        return { account, overdraft: command.overdraft };
      case COMMAND.setHolder:
        return { account, holder: command.holder };
      default:
        return { account, amount, currency: digits(currency, 3) };
    }
  }

  #funds(): JournalEntry {
    const {
      kind,
      key,
      account,
      counterAccount,
      amount,
      currency,
      direction,
      book,
      mayOverdraw,
      windowHours,
    } = this.#command;
    return {
      responseCode: digits(this.#decision.responseCode, 2),
      amount,
      currency: digits(currency, 3),
      account,
      ...keyOf(key),
      windowHours,
      ...(kind === COMMAND.transferFunds
        ? { counterAccount }
        : {
            direction: direction === DIRECTION.in ? 'in' : 'out',
            book: BOOK_NAMES[book]!,
            ...(mayOverdraw === 0 ? {} : { mayOverdraw }),
          }),
    };
  }

  #message(): JournalEntry {
    const command = this.#command;
    const { amount, currency, processingCode, mcc, entryMode, key, token, identifiers, acquirer } = command;
    const { responseCode, approvalCode, marks, billed, rate, rule, shadowRule } = this.#decision;
    const text = (from: number, to: number) =>
      Buffer.from(identifiers.subarray(from, to)).toString('latin1').trimEnd();
    return {
      responseCode: digits(responseCode, 2),
      ...(approvalCode === 0 ? {} : { approvalCode: digits(approvalCode, 6) }),
      ...(marks === 0 ? {} : { marks: namesOf(MARK, marks) }),
      ...(rule === 0 ? {} : { rule }),
      ...(shadowRule === 0 ? {} : { shadowRule }),
      amount,
      currency: digits(currency, 3),
      ...(billed === 0 && rate === 0 ? {} : { billed }),
      ...(rate === 0 ? {} : { billedRate: digits(rate, 8) }),
      ...this.#special(),
      token: hex(token),
      ...keyOf(key),
      // Beside a key by retrieval reference, which does not tell it.
      ...(acquirer === 0 ? {} : { acquirer: String(acquirer) }),
      processingCode: digits(processingCode, 6),
      merchantType: digits(mcc, 4),
      entryMode: digits(entryMode, 3),
      ...this.#place(),
      retrievalReference: text(0, RRN_END),
      terminal: text(RRN_END, TERMINAL_END),
      merchant: text(TERMINAL_END, identifiers.length),
      ...(command.kind === COMMAND.reverse ? {} : { expiry: digits(command.expiry, 4) }),
      ...(command.kind === COMMAND.reverse ? {} : { channels: command.channels }),
      windowHours: command.windowHours,
    };
  }

  /** Where the card and the merchant met, and how; journals of before did not tell. */
  #place(): JournalEntry {
    const { entry, traits, country, acceptor, acceptorLength } = this.#command;
    return {
      ...(entry === ENTRY.unknown ? {} : { cardEntry: ENTRY_NAMES.get(entry)! }),
      ...(traits === 0 ? {} : { traits: namesOf(TRAIT, traits) }),
      ...(country === 0 ? {} : { country: digits(country, 3) }),
      ...(acceptorLength === 0
        ? {}
        : { acceptor: Buffer.from(acceptor.subarray(0, acceptorLength)).toString('latin1') }),
    };
  }

  /** What most messages do not say. */
  #special(): JournalEntry {
    const { asked, verdict, askedMs, verdictAmount } = this.#command;
    const { flags, cashback, kept, originalKey, approvalCode, billing, billingCurrency, rate } =
      this.#command;
    const named = originalKey.some((word) => word !== 0);
    return {
      ...(flags === 0 ? {} : { flags: namesOf(FLAG, flags) }),
      ...(cashback === 0 ? {} : { cashback }),
      ...(kept === KEPT_NOTHING ? {} : { kept }),
      ...(asked === ASKED.no
        ? {}
        : { asked: nameOf(ASKED, asked), verdict: digits(verdict, 2), askedMs, verdictAmount }),
      ...(named ? originalKeyOf(originalKey) : {}),
      ...(approvalCode === 0 ? {} : { originalApprovalCode: digits(approvalCode, 6) }),
      ...(billingCurrency === 0
        ? {}
        : {
            networkBilling: billing,
            networkBillingCurrency: digits(billingCurrency, 3),
            networkRate: digits(rate, 8),
          }),
    };
  }
}

function byNumber<Name extends string>(numbers: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  return new Map((Object.keys(numbers) as Name[]).map((name) => [numbers[name], name]));
}

/** The names of the bits that are set, with a space between. */
function namesOf(names: Readonly<Record<string, number>>, bits: number): string {
  return Object.keys(names)
    .filter((name) => (bits & names[name]!) !== 0)
    .join(' ');
}

/** A message's key, and what it was known by, where that can be told from it. */
function keyOf(key: Uint32Array): JournalEntry {
  return { key: hex(key), ...transmissionOf(key) };
}

function originalKeyOf(key: Uint32Array): JournalEntry {
  const original = transmissionOf(key);
  if (original === undefined) return { originalKey: hex(key) };
  const { stan, transmitted, acquirer } = original;
  const known = { originalStan: stan, originalTransmitted: transmitted, originalAcquirer: acquirer };
  return { originalKey: hex(key), ...known };
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function hex(words: Uint32Array): string {
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}

function nameOf(names: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value);
}
