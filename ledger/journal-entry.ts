import { COMMAND, Command, Decision } from './command.js';
import { BodyReader } from './journal-body.js';
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
  'amount',
  'currency',
  'account',
  'token',
  'originalToken',
  'stan',
  'transmitted',
  'acquirer',
  'originalStan',
  'originalTransmitted',
  'originalAcquirer',
  'processingCode',
  'merchantType',
  'entryMode',
  'retrievalReference',
  'terminal',
  'merchant',
  'expiry',
  'channels',
  'status',
  'perTransaction',
  'perDay',
  'perDayCount',
] as const;
export type EntryColumn = (typeof ENTRY_COLUMNS)[number];

/** One command of a journal in words and digits; amounts in minor units, the card by its token alone. */
export type JournalEntry = { readonly [Column in EntryColumn]?: string | number };

const NAMES = new Map<number, keyof typeof COMMAND>(
  (Object.keys(COMMAND) as (keyof typeof COMMAND)[]).map((name) => [COMMAND[name], name]),
);
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
        return { ...this.#message(), expiry: digits(expiry, 4), channels };
      case COMMAND.reverse: {
        const [originalStan, originalTransmitted, originalAcquirer] = keyOf(command.originalKey);
        return { ...this.#message(), originalStan, originalTransmitted, originalAcquirer };
      }
      case COMMAND.voidAuthorisation: {
        const [stan, transmitted, acquirer] = keyOf(command.key);
        return { stan, transmitted, acquirer };
      }
      case COMMAND.setLimits: {
        const { perTransaction, perDay, perDayCount } = command;
        return { currency: digits(currency, 3), channels, perTransaction, perDay, perDayCount };
      }
      case COMMAND.openAccount:
        return { account, currency: digits(currency, 3) };
      case COMMAND.issueCard:
        return { token: hex(command.token), account, expiry: digits(expiry, 4), status, channels };
      case COMMAND.aliasCard:
        return { token: hex(command.token), originalToken: hex(command.originalToken) };
      default:
        return { account, amount, currency: digits(currency, 3) };
    }
  }

  #message(): JournalEntry {
    const { amount, currency, processingCode, mcc, entryMode, key, token, identifiers } = this.#command;
    const { responseCode, approvalCode } = this.#decision;
    const [stan, transmitted, acquirer] = keyOf(key);
    const text = (from: number, to: number) =>
      Buffer.from(identifiers.subarray(from, to)).toString('latin1').trimEnd();
    return {
      responseCode: digits(responseCode, 2),
      ...(approvalCode === 0 ? {} : { approvalCode: digits(approvalCode, 6) }),
      amount,
      currency: digits(currency, 3),
      token: hex(token),
      stan,
      transmitted,
      acquirer,
      processingCode: digits(processingCode, 6),
      merchantType: digits(mcc, 4),
      entryMode: digits(entryMode, 3),
      retrievalReference: text(0, RRN_END),
      terminal: text(RRN_END, TERMINAL_END),
      merchant: text(TERMINAL_END, identifiers.length),
    };
  }
}

/** STAN, MMDDhhmmss and acquirer of a message key, whose bits `docs/journal.md` describes. */
function keyOf(words: Uint32Array): readonly [stan: string, transmitted: string, acquirer: string] {
  const [first, second, third] = [words[0]!, words[1]!, words[2]!];
  const parts = [
    (second >>> 22) & 0xf,
    (second >>> 17) & 0x1f,
    (second >>> 12) & 0x1f,
    (second >>> 6) & 0x3f,
    second & 0x3f,
  ];
  const acquirer = (second >>> 26) * 0x1_0000_0000 + third;
  return [digits(first & 0xfffff, 6), parts.map((part) => digits(part, 2)).join(''), String(acquirer)];
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function hex(words: Uint32Array): string {
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}
