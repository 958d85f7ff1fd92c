import { COMMAND, type Command, type Decision, IDENTIFIER_BYTES, KEY_WORDS, TOKEN_WORDS } from './command.js';
import { InvariantError } from './invariant-error.js';

/** Version of the layout, the first byte of every body; `docs/journal.md` describes it. */
export const BODY_VERSION = 1;
/** Bytes before the first entry: version (1), number of entries (4). */
export const BODY_HEADER_BYTES = 5;
/** Bytes that an entry takes at most. */
export const ENTRY_BYTES_MAX = 128;

const TWO_32 = 0x1_0000_0000;

/** The header of a body of that many entries; all numbers in a body are big-endian. */
export function writeBodyHeader(target: Buffer, at: number, entries: number): void {
  target[at] = BODY_VERSION;
  target.writeUInt32BE(entries, at + 1);
}

/** Appends one entry at `at`, of at most {@link ENTRY_BYTES_MAX} bytes; returns where it ends. */
export function writeEntry(target: Buffer, at: number, command: Command, decision: Decision): number {
  target[at] = command.kind;
  let to = at + 1;
  switch (command.kind) {
    case COMMAND.authorise:
      to = writeWords(target, to, command.key, KEY_WORDS);
      to = writeMessage(target, to, command);
      target.writeUInt16BE(command.expiry, to);
      target[to + 2] = command.channels;
      return writeDecision(target, to + 3, decision);
    case COMMAND.reverse:
      to = writeWords(target, to, command.key, KEY_WORDS);
      to = writeMessage(target, to, command);
      to = writeWords(target, to, command.originalKey, KEY_WORDS);
      return writeDecision(target, to, decision);
    case COMMAND.voidAuthorisation:
      return writeWords(target, to, command.key, KEY_WORDS);
    case COMMAND.setLimits:
      target.writeUInt16BE(command.currency, to);
      target[to + 2] = command.channels;
      to = writeAmount(target, to + 3, command.perTransaction);
      to = writeAmount(target, to, command.perDay);
      return target.writeUInt32BE(command.perDayCount, to);
    case COMMAND.openAccount:
      target.writeUInt32BE(command.account, to);
      return target.writeUInt16BE(command.currency, to + 4);
    case COMMAND.issueCard:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      target.writeUInt32BE(command.account, to);
      target.writeUInt16BE(command.expiry, to + 4);
      target[to + 6] = command.status;
      target[to + 7] = command.channels;
      return to + 8;
    case COMMAND.aliasCard:
      to = writeWords(target, to, command.token, TOKEN_WORDS);
      return writeWords(target, to, command.originalToken, TOKEN_WORDS);
    case COMMAND.credit:
      target.writeUInt32BE(command.account, to);
      target.writeUInt16BE(command.currency, to + 4);
      return writeAmount(target, to + 6, command.amount);
    default:
      throw new InvariantError(`no command has kind ${command.kind}`);
  }
}

function writeMessage(target: Buffer, at: number, command: Command): number {
  let to = target.writeUInt32BE(command.fingerprint, at);
  to = writeWords(target, to, command.token, TOKEN_WORDS);
  to = writeAmount(target, to, command.amount);
  target.writeUInt16BE(command.currency, to);
  target.writeUIntBE(command.processingCode, to + 2, 3);
  target.writeUInt16BE(command.mcc, to + 5);
  target.writeUInt16BE(command.entryMode, to + 7);
  to += 9;
  for (let byte = 0; byte < IDENTIFIER_BYTES; byte++) target[to + byte] = command.identifiers[byte]!;
  return to + IDENTIFIER_BYTES;
}

function writeDecision(target: Buffer, at: number, decision: Decision): number {
  target[at] = decision.responseCode;
  return target.writeUIntBE(decision.approvalCode, at + 1, 3);
}

function writeWords(target: Buffer, at: number, words: Uint32Array, count: number): number {
  let to = at;
  for (let word = 0; word < count; word++) to = target.writeUInt32BE(words[word]!, to);
  return to;
}

/** 64 bits; amounts are below 2^53. */
function writeAmount(target: Buffer, at: number, amount: number): number {
  const to = target.writeUInt32BE(Math.floor(amount / TWO_32), at);
  return target.writeUInt32BE(amount >>> 0, to);
}

/**
 * Reads the entries of a body, one after the other, into the same command and decision.
 * @throws InvariantError when the version is unknown or the bytes do not make whole entries
 */
export class BodyReader {
  readonly command: Command;
  /** What was decided when the entry was written; zeros where a kind of command has no decision. */
  readonly decision: Decision;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #left = 0;

  constructor(command: Command, decision: Decision) {
    this.command = command;
    this.decision = decision;
  }

  /** Starts on a body; returns the number of its entries. */
  open(body: Buffer): number {
    if (body.length < BODY_HEADER_BYTES || body[0] !== BODY_VERSION) {
      throw new InvariantError(`a journal body has version ${body[0] ?? 'none'}, not ${BODY_VERSION}`);
    }
    this.#bytes = body;
    this.#at = BODY_HEADER_BYTES;
    this.#left = body.readUInt32BE(1);
    return this.#left;
  }

  /** Reads the next entry; false after the last one. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#at === this.#bytes.length) return false;
      throw new InvariantError('a journal body goes on after its last entry');
    }
    this.#left--;
    try {
      this.#read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvariantError('a journal body ends inside an entry', { cause: error });
    }
    return true;
  }

  #read(): void {
    const { command, decision } = this;
    decision.responseCode = 0;
    decision.approvalCode = 0;
    command.kind = this.#uint(1);
    switch (command.kind) {
      case COMMAND.authorise:
        this.#words(command.key);
        this.#message();
        command.expiry = this.#uint(2);
        command.channels = this.#uint(1);
        return this.#decision();
      case COMMAND.reverse:
        this.#words(command.key);
        this.#message();
        this.#words(command.originalKey);
        return this.#decision();
      case COMMAND.voidAuthorisation:
        return this.#words(command.key);
      case COMMAND.setLimits:
        command.currency = this.#uint(2);
        command.channels = this.#uint(1);
        command.perTransaction = this.#amount();
        command.perDay = this.#amount();
        command.perDayCount = this.#uint(4);
        return;
      case COMMAND.openAccount:
        command.account = this.#uint(4);
        command.currency = this.#uint(2);
        return;
      case COMMAND.issueCard:
        this.#words(command.token);
        command.account = this.#uint(4);
        command.expiry = this.#uint(2);
        command.status = this.#uint(1);
        command.channels = this.#uint(1);
        return;
      case COMMAND.aliasCard:
        this.#words(command.token);
        this.#words(command.originalToken);
        return;
      case COMMAND.credit:
        command.account = this.#uint(4);
        command.currency = this.#uint(2);
        command.amount = this.#amount();
        return;
      default:
        throw new InvariantError(`a journal entry has kind ${command.kind}, which no command has`);
    }
  }

  #message(): void {
    const { command } = this;
    command.fingerprint = this.#uint(4);
    this.#words(command.token);
    command.amount = this.#amount();
    command.currency = this.#uint(2);
    command.processingCode = this.#uint(3);
    command.mcc = this.#uint(2);
    command.entryMode = this.#uint(2);
    if (this.#at + IDENTIFIER_BYTES > this.#bytes.length) throw new RangeError('short identifiers');
    this.#bytes.copy(command.identifiers, 0, this.#at, this.#at + IDENTIFIER_BYTES);
    this.#at += IDENTIFIER_BYTES;
  }

  #decision(): void {
    this.decision.responseCode = this.#uint(1);
    this.decision.approvalCode = this.#uint(3);
  }

  #uint(bytes: number): number {
    const value = this.#bytes.readUIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  #amount(): number {
    const high = this.#uint(4);
    return high * TWO_32 + this.#uint(4);
  }

  #words(words: Uint32Array): void {
    for (let word = 0; word < words.length; word++) words[word] = this.#uint(4);
  }
}
