import { createHash } from 'node:crypto';
import { COMMAND, type Command } from './command.js';

/**
 * Funds are known by the tenant's idempotency key, in the table that has the keys of messages. So their keys have a class
 * that no message has, whose class is a digit.
 *
 * ```
 * word 0: hash (8, never all 0) │ class 15 (4) │ hash (20)     words 1, 2: hash
 * ```
 */
const CLASS = 15;
const CLASS_SHIFT = 20;
/** One of the bits that tell a hash from a key by transmission. */
const HASHED = 1 << 31;

/** Fills a command's key from an idempotency key, whatever text that is. */
export function writeFundsKey(idempotencyKey: string, key: Uint32Array): void {
  const hash = createHash('sha256').update(idempotencyKey).digest();
  for (let word = 0; word < key.length; word++) key[word] = hash.readUInt32BE(4 * word);
  key[0] = key[0]! | HASHED | (CLASS << CLASS_SHIFT);
}

export function isFundsKey(key: Uint32Array): boolean {
  return ((key[0]! >>> CLASS_SHIFT) & CLASS) === CLASS && (key[0]! & HASHED) !== 0;
}

/** What must be the same for funds of the same key to be a repeat: FNV-1a over all that they ask for. */
export function fundsFingerprint(command: Command): number {
  const { kind, account, counterAccount, amount, currency, direction, book, mayOverdraw } = command;
  // A command is filled again and again: what is not of its kind is left from others.
  const own = kind === COMMAND.transferFunds ? [counterAccount] : [direction, book, mayOverdraw];
  let hash = 0x811c9dc5;
  for (const part of [kind, account, amount, currency, ...own]) {
    hash = Math.imul(Math.imul(hash ^ part, 0x01000193) ^ Math.floor(part / 2 ** 32), 0x01000193);
  }
  return hash >>> 0;
}
