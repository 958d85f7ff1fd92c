import os from 'node:os';
import { parseArgs } from 'node:util';
import { apply } from '../ledger/apply.js';
import { COMMAND, Command, Decision, RESPONSE } from '../ledger/command.js';
import { TenantState } from '../ledger/tenant-state.js';

/**
 * `npm run bench:ledger`: the ledger alone, on one thread: commands a second, and the bytes that cards and open holds
 * take. The mix is that of a processor's day: of ten messages seven authorise, one clears, one reverses, one repeats.
 */
const AT = Date.UTC(2026, 5, 15, 12);
const EUR = 978;
const { values } = parseArgs({
  options: {
    cards: { type: 'string', default: '2000000' },
    holds: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '5' },
  },
});
const cards = Number(values.cards);
const holds = Number(values.holds);
/** Of each account, in minor units: more than any card spends, while the sum of all can still be counted exactly. */
const BALANCE = Math.floor(8e15 / cards);
const MIX = 10;
/** That many have the same second in DE7. */
const MESSAGES_A_SECOND = 5000;
const ROUND_COMMANDS = 1_000_000;

const command = new Command();
const decision = new Decision();
const DISTRIBUTIONS = [
  ['cards as they are used (Zipf)', true],
  ['every card alike', false],
] as const;
let skewed = false;
let stan = 0;

function main(): void {
  const state = new TenantState();
  const before = used();
  openAccounts(state);
  const perCard = (used() - before) / cards;
  const filled = used();
  for (let hold = 0; hold < holds; hold++) authorise(state, hold);
  const perHold = (used() - filled) / holds;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`${os.cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`);
  say(`${cards.toLocaleString('en')} cards with an account each: ${perCard.toFixed(0)} bytes a card`);
  say(`${holds.toLocaleString('en')} open holds: ${perHold.toFixed(0)} bytes a hold`);
  for (const [name, skew] of DISTRIBUTIONS) {
    skewed = skew;
    const rates = Array.from({ length: Number(values.rounds) }, () => play(state)).sort((a, b) => a - b);
    const [median, least, most] = [rates[rates.length >> 1]!, rates[0]!, rates.at(-1)!].map((rate) =>
      Math.round(rate).toLocaleString('en'),
    );
    say(`apply, ${name}: ${median} commands/s (median of ${rates.length} rounds, ${least}–${most})`);
  }
}

/** Bytes of everything that is reachable; structures of arrays are outside the heap. */
function used(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function openAccounts(state: TenantState): void {
  const limits = { currency: EUR, channels: 31, perTransaction: 1e9, perDay: 1e12, perDayCount: 1e9 };
  Object.assign(command, { kind: COMMAND.setLimits, ...limits });
  apply(state, command, AT, decision);
  for (let card = 0; card < cards; card++) {
    Object.assign(command, { kind: COMMAND.openAccount, account: card, currency: EUR });
    apply(state, command, AT, decision);
    Object.assign(command, { kind: COMMAND.credit, amount: BALANCE });
    apply(state, command, AT, decision);
    Object.assign(command, { kind: COMMAND.issueCard, expiry: 3012 });
    setToken(card);
    apply(state, command, AT, decision);
  }
}

function setToken(card: number): void {
  command.token[0] = Math.imul(card, 0x9e3779b1);
  command.token[1] = card;
  command.token[2] = Math.imul(card, 0x85ebca6b);
  command.token[3] = Math.imul(card, 0xc2b2ae35);
}

function setKey(target: Uint32Array, number: number, messageClass: number): void {
  target[0] = (messageClass << 20) | (number % 1_000_000);
  const second = Math.floor(number / MESSAGES_A_SECOND);
  const minute = Math.floor(second / 60);
  // DE7, in June, as `parsers/message-key.ts` packs it.
  target[1] =
    (6 << 22) |
    ((15 + Math.floor(minute / 1440)) << 17) |
    ((Math.floor(minute / 60) % 24) << 12) |
    ((minute % 60) << 6) |
    (second % 60);
  target[2] = 0;
}

function message(kind: number, number: number, messageClass: number): void {
  command.plain();
  command.kind = kind;
  command.amount = 100 + (number % 5000);
  command.currency = EUR;
  command.channels = 1;
  command.mcc = 5411;
  command.fingerprint = command.amount;
  setToken(cardOf(number));
  setKey(command.key, number, messageClass);
}

/** The card of a message: all alike, or as cards are used, a few very often (Zipf with exponent 1). */
function cardOf(number: number): number {
  const random = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d) >>> 0;
  if (!skewed) return random % cards;
  const rank = Math.floor(Math.exp((random / 2 ** 32) * Math.log(cards)));
  return (Math.imul(rank, 0x9e3779b1) >>> 0) % cards;
}

function authorise(state: TenantState, number: number): void {
  message(COMMAND.authorise, number, 1);
  run(state, RESPONSE.approved);
}

function run(state: TenantState, code: number): void {
  apply(state, command, AT, decision);
  if (decision.responseCode !== code) throw new Error(`answered ${decision.responseCode}, not ${code}`);
}

/** One round of the mix; commands a second. */
function play(state: TenantState): number {
  const first = holds + stan;
  const startedAt = performance.now();
  for (let at = 0; at < ROUND_COMMANDS; at += MIX) {
    for (let more = 0; more < 7; more++) authorise(state, first + at + more);
    message(COMMAND.clear, first + at + 1, 1);
    command.originalKey.set(command.key);
    setKey(command.key, first + at, 2);
    run(state, RESPONSE.approved);
    message(COMMAND.reverse, first + at + 2, 1);
    command.originalKey.set(command.key);
    setKey(command.key, first + at, 4);
    run(state, RESPONSE.approved);
    authorise(state, first + at + 3);
  }
  stan += ROUND_COMMANDS;
  return ROUND_COMMANDS / ((performance.now() - startedAt) / 1000);
}

main();
