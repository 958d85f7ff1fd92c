import {
  ACCEPTOR_BYTES,
  ASKED,
  COMMAND,
  type Command,
  type Decision,
  IDENTIFIER_BYTES,
  KEPT_NOTHING,
  KEY_WORDS,
  TOKEN_WORDS,
} from './command.js';
import { InvariantError } from './invariant-error.js';
import { acquirerOf } from './message-key.js';
import { writeUInt64 } from './uint64.js';

/** Version of the layout, the first byte of every body; `docs/journal.md` describes it. */
export const BODY_VERSION = 3;
/** The layouts of before, which are still read. */
const BODY_VERSION_2 = 2;
const BODY_VERSION_1 = 1;
/** Bytes before the first entry: version (1), number of entries (4), digest of the balances after them (8). */
export const BODY_HEADER_BYTES = 13;
const HEADER_BYTES_1 = 5;
/** Bytes that an entry takes at most, the text of rules apart. */
export const ENTRY_BYTES_MAX = 256;

/** What a message has beyond what every message has; bits. */
const PRESENT = {
  original: 1,
  billing: 2,
  cashback: 4,
  approvalCode: 8,
  kept: 16,
  /** Where the key does not tell it. */
  acquirer: 32,
  acceptor: 64,
  /** A rule decided, or a shadow would have: their numbers follow the decision. */
  rules: 128,
} as const;
/** For the eleven digits of DE32. */
const ACQUIRER_BYTES = 5;
/** Added to a message's flags where the tenant was asked: how that ended, DE39, ms and amount follow. */
const ASKED_FOLLOWS = 0x80;
/** Added to a decision's marks where what was billed follows. */
const BILLED_FOLLOWS = 0x80;
/** Of a unit of a text in memory. */
const UTF8_BYTES_MAX = 3;
const TWO_32 = 0x1_0000_0000;

/**
 * The header of a body of that many entries; all numbers in a body are big-endian.
 * @param high low: the words of the digest of all balances after the last entry
 */
export function writeBodyHeader(
  target: Buffer,
  at: number,
  entries: number,
  high: number,
  low: number,
): void {
  target[at] = BODY_VERSION;
  target.writeUInt32BE(entries, at + 1);
  target.writeUInt32BE(high, at + 5);
  target.writeUInt32BE(low, at + 9);
}

/** Appends one entry at `at`, of at most {@link ENTRY_BYTES_MAX} bytes; returns where it ends. */
export function writeEntry(target: Buffer, at: number, command: Command, decision: Decision): number {
  target[at] = command.kind;
  let to = at + 1;
  switch (command.kind) {
    case COMMAND.authorise:
    case COMMAND.clear:
    case COMMAND.reverse:
      to = writeMessage(target, to, command, decision);
      return writeDecision(target, to, command, decision);
    case COMMAND.voidRequest:
    case COMMAND.expireHold:
      return writeWords(target, to, command.key, KEY_WORDS);
    case COMMAND.advanceTime:
      return to;
    case COMMAND.setLimits:
      target.writeUInt16BE(command.currency, to);
      target[to + 2] = command.channels;
      to = writeUInt64(target, to + 3, command.perTransaction);
      to = writeUInt64(target, to, command.perDay);
      return target.writeUInt32BE(command.perDayCount, to);
    case COMMAND.setHoldRule:
      target.writeUInt16BE(command.mcc, to);
      target.writeUInt16BE(command.mccTo, to + 2);
      target.writeUInt32BE(command.holdMinutes, to + 4);
      target.writeUInt32BE(command.estimateMinutes, to + 8);
      target.writeUInt16BE(command.tolerance, to + 12);
      return target.writeUInt32BE(command.toleranceAmount, to + 14);
    case COMMAND.setRate:
      target.writeUInt16BE(command.currency, to);
      target.writeUInt16BE(command.billingCurrency, to + 2);
      target.writeUInt32BE(command.rate, to + 4);
      target.writeInt8(command.exponents, to + 8);
      return target.writeUInt16BE(command.spread, to + 9);
    case COMMAND.setRules: {
      target[to] = command.level;
      target.writeUInt32BE(command.entity, to + 1);
      const length = target.write(command.program, to + 9, 'utf8');
      target.writeUInt32BE(length, to + 5);
      return to + 9 + length;
    }
    case COMMAND.openAccount:
      target.writeUInt32BE(command.account, to);
      target.writeUInt16BE(command.currency, to + 4);
      return writeUInt64(target, to + 6, command.overdraft);
    case COMMAND.issueCard:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      return writeCardMembers(target, target.writeUInt32BE(command.account, to), command);
    case COMMAND.aliasCard:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      return writeWords(target, to, command.originalToken, TOKEN_WORDS);
    case COMMAND.credit:
      target.writeUInt32BE(command.account, to);
      target.writeUInt16BE(command.currency, to + 4);
      return writeUInt64(target, to + 6, command.amount);
    case COMMAND.changeCard:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      to = writeCardMembers(target, to, command);
      return target.writeUInt32BE(command.group, to);
    case COMMAND.issueToken:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      to = writeWords(target, to, command.originalToken, TOKEN_WORDS);
      return writeCardMembers(target, to, command);
    case COMMAND.postFunds:
    case COMMAND.transferFunds:
      return writeFunds(target, to, command, decision);
    case COMMAND.setOverdraft:
      return writeUInt64(target, target.writeUInt32BE(command.account, to), command.overdraft);
    case COMMAND.setHolder:
      return target.writeUInt32BE(command.holder, target.writeUInt32BE(command.account, to));
    default:
      throw new InvariantError(`no command has kind ${command.kind}`);
  }
}

function writeCardMembers(target: Buffer, at: number, command: Command): number {
  target.writeUInt16BE(command.expiry, at);
  target[at + 2] = command.status;
  target[at + 3] = command.channels;
  return at + 4;
}

function writeFunds(target: Buffer, at: number, command: Command, decision: Decision): number {
  let to = writeWords(target, at, command.key, KEY_WORDS);
  to = target.writeUInt32BE(command.fingerprint, to);
  to = target.writeUInt16BE(command.windowHours, to);
  to = target.writeUInt32BE(command.account, to);
  to = writeUInt64(target, to, command.amount);
  to = target.writeUInt16BE(command.currency, to);
  if (command.kind === COMMAND.transferFunds) to = target.writeUInt32BE(command.counterAccount, to);
  else {
    target[to++] = command.direction | (command.mayOverdraw << 1);
    target[to++] = command.book;
  }
  target[to] = decision.responseCode;
  return to + 1;
}

/** Bytes that a command takes at most as an entry. */
export function entryBytesMax(command: Command): number {
  if (command.kind !== COMMAND.setRules) return ENTRY_BYTES_MAX;
  return ENTRY_BYTES_MAX + UTF8_BYTES_MAX * command.program.length;
}

function writeMessage(target: Buffer, at: number, command: Command, decision: Decision): number {
  let to = writeWords(target, at, command.key, KEY_WORDS);
  to = target.writeUInt32BE(command.fingerprint, to);
  to = writeWords(target, to, command.token, TOKEN_WORDS);
  to = writeUInt64(target, to, command.amount);
  target.writeUInt16BE(command.currency, to);
  target.writeUIntBE(command.processingCode, to + 2, 3);
  target.writeUInt16BE(command.mcc, to + 5);
  target.writeUInt16BE(command.entryMode, to + 7);
  to += 9;
  for (let byte = 0; byte < IDENTIFIER_BYTES; byte++) target[to + byte] = command.identifiers[byte]!;
  to += IDENTIFIER_BYTES;
  target.writeUInt16BE(command.expiry, to);
  target[to + 2] = command.channels;
  target[to + 3] = command.flags | (command.asked === ASKED.no ? 0 : ASKED_FOLLOWS);
  target.writeUInt16BE(command.windowHours, to + 4);
  target[to + 6] = command.entry;
  target.writeUInt16BE(command.traits, to + 7);
  target.writeUInt16BE(command.country, to + 9);
  const present = presentOf(command, decision);
  target[to + 11] = present;
  to += 12;
  if ((present & PRESENT.original) !== 0) to = writeWords(target, to, command.originalKey, KEY_WORDS);
  if ((present & PRESENT.billing) !== 0) {
    to = writeUInt64(target, to, command.billing);
    target.writeUInt16BE(command.billingCurrency, to);
    to = target.writeUInt32BE(command.rate, to + 2);
  }
  if ((present & PRESENT.cashback) !== 0) to = writeUInt64(target, to, command.cashback);
  if ((present & PRESENT.approvalCode) !== 0) to = target.writeUIntBE(command.approvalCode, to, 3);
  if ((present & PRESENT.kept) !== 0) to = writeUInt64(target, to, command.kept);
  if ((present & PRESENT.acquirer) !== 0) to = target.writeUIntBE(command.acquirer, to, ACQUIRER_BYTES);
  if ((present & PRESENT.acceptor) !== 0) {
    const { acceptor, acceptorLength } = command;
    target[to++] = acceptorLength;
    for (let byte = 0; byte < acceptorLength; byte++) target[to + byte] = acceptor[byte]!;
    to += acceptorLength;
  }
  if (command.asked === ASKED.no) return to;
  target[to] = command.asked;
  target[to + 1] = command.verdict;
  target.writeUInt16BE(command.askedMs, to + 2);
  return writeUInt64(target, to + 4, command.verdictAmount);
}

function presentOf(command: Command, { rule, shadowRule }: Decision): number {
  const { originalKey } = command;
  let present = 0;
  if ((originalKey[0]! | originalKey[1]! | originalKey[2]!) !== 0) present |= PRESENT.original;
  if (command.billingCurrency !== 0) present |= PRESENT.billing;
  if (command.cashback !== 0) present |= PRESENT.cashback;
  if (command.approvalCode !== 0) present |= PRESENT.approvalCode;
  if (command.kept !== KEPT_NOTHING) present |= PRESENT.kept;
  if (command.acquirer !== acquirerOf(command.key)) present |= PRESENT.acquirer;
  if (command.acceptorLength !== 0) present |= PRESENT.acceptor;
  if (rule !== 0 || shadowRule !== 0) present |= PRESENT.rules;
  return present;
}

function writeDecision(target: Buffer, at: number, command: Command, decision: Decision): number {
  target[at] = decision.responseCode;
  const follows = billedFollows(command, decision);
  target[at + 1] = decision.marks | (follows ? BILLED_FOLLOWS : 0);
  let to = target.writeUIntBE(decision.approvalCode, at + 2, 3);
  if (follows) to = target.writeUInt32BE(decision.rate, writeUInt64(target, to, decision.billed));
  const { rule, shadowRule } = decision;
  if (rule === 0 && shadowRule === 0) return to;
  return target.writeUInt32BE(shadowRule, target.writeUInt32BE(rule, to));
}

/**
 * Whether what was billed follows a decision: where it is another amount than the message's. Nothing follows only where it
 * was converted to nothing, at a rate; of a decline, a reversal or an inquiry there is nothing to be told.
 */
export function billedFollows(command: Command, { billed, rate }: Decision): boolean {
  return billed !== command.amount && (billed !== 0 || rate !== 0);
}

function writeWords(target: Buffer, at: number, words: Uint32Array, count: number): number {
  let to = at;
  for (let word = 0; word < count; word++) to = target.writeUInt32BE(words[word]!, to);
  return to;
}

/**
 * Reads the entries of a body, one after the other, into the same command and decision.
 * @throws InvariantError when the version is unknown or the bytes do not make whole entries
 */
export class BodyReader {
  readonly command: Command;
  /** What was decided when the entry was written; zeros where a kind of command has no decision. */
  readonly decision: Decision;
  /** The digest of all balances after the last entry. */
  balancesHigh = 0;
  balancesLow = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #left = 0;
  #version = 0;

  constructor(command: Command, decision: Decision) {
    this.command = command;
    this.decision = decision;
  }

  /** Whether the body tells the digest of the balances; the first layout did not. */
  get tellsBalances(): boolean {
    return this.#version !== BODY_VERSION_1;
  }

  /** Whether the body tells which rules decided; the first two layouts did not. */
  get tellsRules(): boolean {
    return this.#version === BODY_VERSION;
  }

  /** Starts on a body; returns the number of its entries. */
  open(body: Buffer): number {
    const version = body[0];
    const header = version === BODY_VERSION_1 ? HEADER_BYTES_1 : BODY_HEADER_BYTES;
    const known = version === BODY_VERSION || version === BODY_VERSION_2 || version === BODY_VERSION_1;
    if (!known || body.length < header) {
      throw new InvariantError(`a journal body has version ${version ?? 'none'}, not ${BODY_VERSION}`);
    }
    this.#version = version;
    this.#bytes = body;
    this.#at = header;
    this.#left = body.readUInt32BE(1);
    if (this.tellsBalances) {
      this.balancesHigh = body.readUInt32BE(5);
      this.balancesLow = body.readUInt32BE(9);
    }
    return this.#left;
  }

  /** Reads the next entry; false after the last one. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#at === this.#bytes.length) return false;
      throw new InvariantError('a journal body goes on after its last entry');
    }
    this.#left--;
    // Bytes behind the end are read as if there were some; this tells.
    if (this.#at < this.#bytes.length) this.#read();
    else this.#at++;
    if (this.#at > this.#bytes.length) throw new InvariantError('a journal body ends inside an entry');
    return true;
  }

  #read(): void {
    const { command, decision } = this;
    decision.clear();
    command.kind = this.#uint(1);
    switch (command.kind) {
      case COMMAND.authorise:
      case COMMAND.reverse:
        return this.#version === BODY_VERSION_1 ? this.#message1() : this.#message();
      case COMMAND.clear:
        return this.#message();
      case COMMAND.voidRequest:
      case COMMAND.expireHold:
        return this.#words(command.key);
      case COMMAND.advanceTime:
        return;
      case COMMAND.setLimits:
        command.currency = this.#uint(2);
        command.channels = this.#uint(1);
        command.perTransaction = this.#amount();
        command.perDay = this.#amount();
        command.perDayCount = this.#uint(4);
        return;
      case COMMAND.setHoldRule:
        command.mcc = this.#uint(2);
        command.mccTo = this.#uint(2);
        command.holdMinutes = this.#uint(4);
        command.estimateMinutes = this.#uint(4);
        command.tolerance = this.#uint(2);
        command.toleranceAmount = this.#uint(4);
        return;
      case COMMAND.setRate:
        command.currency = this.#uint(2);
        command.billingCurrency = this.#uint(2);
        command.rate = this.#uint(4);
        command.exponents = (this.#uint(1) << 24) >> 24;
        command.spread = this.#uint(2);
        return;
      case COMMAND.setRules: {
        command.level = this.#uint(1);
        command.entity = this.#uint(4);
        const length = this.#uint(4);
        command.program = this.#bytes.toString('utf8', this.#at, this.#at + length);
        this.#at += length;
        return;
      }
      case COMMAND.openAccount:
        command.account = this.#uint(4);
        command.currency = this.#uint(2);
        command.overdraft = this.#version === BODY_VERSION_1 ? 0 : this.#amount();
        return;
      case COMMAND.issueCard:
        this.#words(command.token);
        command.account = this.#uint(4);
        return this.#cardMembers();
      case COMMAND.aliasCard:
        this.#words(command.token);
        this.#words(command.originalToken);
        return;
      case COMMAND.credit:
        command.account = this.#uint(4);
        command.currency = this.#uint(2);
        command.amount = this.#amount();
        return;
      case COMMAND.changeCard:
        this.#words(command.token);
        this.#cardMembers();
        command.group = this.#uint(4);
        return;
      case COMMAND.issueToken:
        this.#words(command.token);
        this.#words(command.originalToken);
        return this.#cardMembers();
      case COMMAND.postFunds:
      case COMMAND.transferFunds:
        return this.#funds();
      case COMMAND.setOverdraft:
        command.account = this.#uint(4);
        command.overdraft = this.#amount();
        return;
      case COMMAND.setHolder:
        command.account = this.#uint(4);
        command.holder = this.#uint(4);
        return;
      default:
        throw new InvariantError(`a journal entry has kind ${command.kind}, which no command has`);
    }
  }

  #cardMembers(): void {
    const { command } = this;
    command.expiry = this.#uint(2);
    command.status = this.#uint(1);
    command.channels = this.#uint(1);
  }

  #funds(): void {
    const { command, decision } = this;
    this.#words(command.key);
    command.fingerprint = this.#uint(4);
    command.windowHours = this.#uint(2);
    command.account = this.#uint(4);
    command.amount = this.#amount();
    command.currency = this.#uint(2);
    if (command.kind === COMMAND.transferFunds) command.counterAccount = this.#uint(4);
    else {
      const bits = this.#uint(1);
      command.direction = bits & 1;
      command.mayOverdraw = bits >>> 1;
      command.book = this.#uint(1);
    }
    decision.responseCode = this.#uint(1);
  }

  #message(): void {
    const { command, decision } = this;
    this.#common();
    command.expiry = this.#uint(2);
    command.channels = this.#uint(1);
    const flags = this.#uint(1);
    command.flags = flags & ~ASKED_FOLLOWS;
    command.windowHours = this.#uint(2);
    const tellsPlace = this.tellsRules;
    if (tellsPlace) {
      command.entry = this.#uint(1);
      command.traits = this.#uint(2);
      command.country = this.#uint(2);
    }
    const present = this.#uint(1);
    if ((present & PRESENT.original) !== 0) this.#words(command.originalKey);
    if ((present & PRESENT.billing) !== 0) {
      command.billing = this.#amount();
      command.billingCurrency = this.#uint(2);
      command.rate = this.#uint(4);
    }
    if ((present & PRESENT.cashback) !== 0) command.cashback = this.#amount();
    if ((present & PRESENT.approvalCode) !== 0) command.approvalCode = this.#uint(3);
    if ((present & PRESENT.kept) !== 0) command.kept = this.#amount();
    if (tellsPlace) this.#merchant(present);
    if (tellsPlace && (flags & ASKED_FOLLOWS) !== 0) {
      command.asked = this.#uint(1);
      command.verdict = this.#uint(1);
      command.askedMs = this.#uint(2);
      command.verdictAmount = this.#amount();
    }
    decision.responseCode = this.#uint(1);
    const marks = this.#uint(1);
    decision.marks = marks & ~BILLED_FOLLOWS;
    decision.approvalCode = this.#uint(3);
    if ((marks & BILLED_FOLLOWS) !== 0) {
      decision.billed = this.#amount();
      decision.rate = this.#uint(4);
    }
    if (!tellsPlace || (present & PRESENT.rules) === 0) return;
    decision.rule = this.#uint(4);
    decision.shadowRule = this.#uint(4);
  }

  #merchant(present: number): void {
    const { command } = this;
    if ((present & PRESENT.acquirer) === 0) command.acquirer = acquirerOf(command.key);
    else command.acquirer = this.#uint(1) * TWO_32 + this.#uint(4);
    if ((present & PRESENT.acceptor) === 0) return;
    const length = this.#uint(1);
    if (length > ACCEPTOR_BYTES) throw new InvariantError(`a journal entry has ${length} bytes of DE43`);
    for (let byte = 0; byte < length; byte++) command.acceptor[byte] = this.#bytes[this.#at + byte]!;
    this.#at += length;
    command.acceptorLength = length;
  }

  /** An authorisation or a reversal as the first layout has it. */
  #message1(): void {
    const { command, decision } = this;
    this.#common();
    command.expiry = 0;
    command.channels = 0;
    if (command.kind === COMMAND.authorise) {
      command.expiry = this.#uint(2);
      command.channels = this.#uint(1);
    } else this.#words(command.originalKey);
    decision.responseCode = this.#uint(1);
    decision.approvalCode = this.#uint(3);
  }

  #common(): void {
    const { command } = this;
    command.plain();
    this.#words(command.key);
    command.fingerprint = this.#uint(4);
    this.#words(command.token);
    command.amount = this.#amount();
    command.currency = this.#uint(2);
    command.processingCode = this.#uint(3);
    command.mcc = this.#uint(2);
    command.entryMode = this.#uint(2);
    const { identifiers } = command;
    for (let byte = 0; byte < IDENTIFIER_BYTES; byte++) identifiers[byte] = this.#bytes[this.#at + byte]!;
    this.#at += IDENTIFIER_BYTES;
  }

  #uint(bytes: 1 | 2 | 3 | 4): number {
    const at = this.#at;
    const from = this.#bytes;
    this.#at = at + bytes;
    switch (bytes) {
      case 1:
        return from[at]!;
      case 2:
        return (from[at]! << 8) | from[at + 1]!;
      case 3:
        return (from[at]! << 16) | (from[at + 1]! << 8) | from[at + 2]!;
      default:
        return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
    }
  }

  #amount(): number {
    const high = this.#uint(4);
    return high * TWO_32 + this.#uint(4);
  }

  #words(words: Uint32Array): void {
    for (let word = 0; word < words.length; word++) words[word] = this.#uint(4);
  }
}
