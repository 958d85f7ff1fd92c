import { ASKED, COMMAND, type Command, IDENTIFIER_BYTES } from '../ledger/command.js';
import {
  ACCEPTOR_BYTES,
  IDENTIFIER_BYTES as BATCH_IDENTIFIER_BYTES,
  type Batch,
  FLAG,
  KIND,
} from '../parsers/batch.js';
import type { Link } from './link.js';

/** The command of a kind of message. */
const COMMANDS: Readonly<Record<number, number>> = {
  [KIND.authorise]: COMMAND.authorise,
  [KIND.reverse]: COMMAND.reverse,
  [KIND.clear]: COMMAND.clear,
};

/**
 * Makes `command` what a parsed message asks of the ledger.
 * @param links by index
 */
export function fillCommand(command: Command, batch: Batch, index: number, links: readonly Link[]): void {
  const { columns } = batch;
  command.kind = COMMANDS[columns.kind[index]!]!;
  command.asked = ASKED.no;
  command.amount = columns.amount[index]!;
  command.currency = columns.currency[index]!;
  command.expiry = columns.expiry[index]!;
  command.channels = columns.channel[index]!;
  command.fingerprint = columns.fingerprint[index]!;
  command.processingCode = columns.processingCode[index]!;
  command.mcc = columns.mcc[index]!;
  command.entryMode = columns.entryMode[index]!;
  command.entry = columns.entry[index]!;
  command.traits = columns.traits[index]!;
  command.country = columns.country[index]!;
  command.acquirer = columns.acquirer[index]!;
  command.flags = columns.flags[index]!;
  command.windowHours = links[columns.listener[index]!]!.config.duplicateWindowHours;
  command.billing = columns.billing[index]!;
  command.billingCurrency = columns.billingCurrency[index]!;
  command.rate = columns.rate[index]!;
  command.cashback = columns.cashback[index]!;
  command.approvalCode = columns.approvalCode[index]!;
  command.kept = columns.kept[index]!;
  copyWords(columns.token, index, command.token);
  copyWords(columns.key, index, command.key);
  copyWords(columns.originalKey, index, command.originalKey);
  const from = index * BATCH_IDENTIFIER_BYTES;
  for (let byte = 0; byte < IDENTIFIER_BYTES; byte++) {
    command.identifiers[byte] = columns.identifiers[from + byte]!;
  }
  const length = columns.acceptorLength[index]!;
  const acceptorAt = index * ACCEPTOR_BYTES;
  for (let byte = 0; byte < length; byte++) command.acceptor[byte] = columns.acceptor[acceptorAt + byte]!;
  command.acceptorLength = length;
}

/** Makes `command` the undoing of a request. */
export function fillVoid(command: Command, batch: Batch, index: number): void {
  command.kind = COMMAND.voidRequest;
  copyWords(batch.columns.key, index, command.key);
}

/** Whether a message asks for a decision, so that an answer of 91 undoes what was decided. */
export function isRequest({ columns }: Batch, index: number): boolean {
  const kind = columns.kind[index];
  return (kind === KIND.authorise || kind === KIND.clear) && (columns.flags[index]! & FLAG.advice) === 0;
}

function copyWords(column: Uint32Array, index: number, words: Uint32Array): void {
  const from = index * words.length;
  for (let word = 0; word < words.length; word++) words[word] = column[from + word]!;
}
