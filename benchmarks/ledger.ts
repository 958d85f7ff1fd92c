import os from 'node:os';
import { parseArgs } from 'node:util';
import { apply } from '../ledger/apply.js';
import { Decision, RESPONSE } from '../ledger/command.js';
import { TenantState } from '../ledger/tenant-state.js';
import { CommandMix, MIX } from './command-mix.js';
import { usedBytes } from './used-bytes.js';
import { thousands } from './verdict.js';

/**
 * `npm run bench:ledger`: the ledger alone, on one thread: commands a second, and the bytes that cards and open holds
 * take, by the mix of a processor's day.
 */
const AT = Date.UTC(2026, 5, 15, 12);
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
const ROUND_COMMANDS = 1_000_000;

const mix = new CommandMix(cards);
const decision = new Decision();
const DISTRIBUTIONS = [
  ['cards as they are used (Zipf)', true],
  ['every card alike', false],
] as const;
let played = 0;

function main(): void {
  const state = new TenantState();
  const before = usedBytes();
  for (const _ of mix.issueCards(BALANCE)) apply(state, mix.command, AT, decision);
  const perCard = (usedBytes() - before) / cards;
  const filled = usedBytes();
  for (let hold = 0; hold < holds; hold++) {
    mix.authorise(hold);
    run(state);
  }
  const perHold = (usedBytes() - filled) / holds;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`${os.cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`);
  say(`${thousands(cards)} cards with an account each: ${perCard.toFixed(0)} bytes a card`);
  say(`${thousands(holds)} open holds: ${perHold.toFixed(0)} bytes a hold`);
  for (const [name, skew] of DISTRIBUTIONS) {
    mix.skewed = skew;
    const rates = Array.from({ length: Number(values.rounds) }, () => play(state)).sort((a, b) => a - b);
    const [median, least, most] = [rates[rates.length >> 1]!, rates[0]!, rates.at(-1)!].map((rate) =>
      thousands(rate),
    );
    say(`apply, ${name}: ${median} commands/s (median of ${rates.length} rounds, ${least}–${most})`);
  }
}

function run(state: TenantState): void {
  apply(state, mix.command, AT, decision);
  if (decision.responseCode !== RESPONSE.approved) {
    throw new Error(`answered ${decision.responseCode}, not ${RESPONSE.approved}`);
  }
}

/** One round of the mix; commands a second. */
function play(state: TenantState): number {
  const first = holds + played;
  const startedAt = performance.now();
  for (let at = 0; at < ROUND_COMMANDS; at += MIX) {
    for (let place = 0; place < MIX; place++) {
      mix.play(first + at, place);
      run(state);
    }
  }
  played += ROUND_COMMANDS;
  return ROUND_COMMANDS / ((performance.now() - startedAt) / 1000);
}

main();
