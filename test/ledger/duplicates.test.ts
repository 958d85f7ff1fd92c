import fc from 'fast-check';
import t from 'tap';
import { apply, isDecided } from '../../ledger/apply.js';
import { Decision, RESPONSE } from '../../ledger/command.js';
import { RECORD } from '../../ledger/record.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import type { Step } from './arbitrary-commands.js';
import { LIVES_OPENING, lifeStep } from './arbitrary-lives.js';
import { type Asked, commandOf } from './commands.js';
import { NOON } from './one-tenant.js';
import { contentOf } from './state-content.js';

const WINDOW_HOURS = 24 * 60;
const MESSAGES = ['authorise', 'clear', 'reverse'];

/** A step, and which of the messages before it come again after it: as parts of how many there are. */
const repeated = fc.record({ step: lifeStep, again: fc.array(fc.double({ min: 0, max: 1, noNaN: true })) });

interface Run {
  readonly state: TenantState;
  readonly answers: string[];
}

/** Answers of the steps alone, in their order; those to repeats are handed to `onRepeat`. */
function run(
  lives: readonly { step: Step; again: readonly number[] }[],
  onRepeat?: (original: number, answer: string, journalled: boolean) => void,
): Run {
  const state = new TenantState();
  const decision = new Decision();
  const answers: string[] = [];
  let at = NOON;
  const ask = (asked: Asked) => {
    apply(state, commandOf(asked), at, decision);
    const { responseCode, approvalCode, approvedAmount, marks } = decision;
    return JSON.stringify({ responseCode, approvalCode, approvedAmount, marks });
  };
  for (const asked of LIVES_OPENING) ask(asked);
  for (const { step, again } of lives) {
    // All within the window, which is that of every message.
    at += step.waitMs >> 4;
    answers.push(canFollow(state, step.asked) ? ask(remembered(step.asked)) : '');
    if (onRepeat === undefined) continue;
    for (const part of again) {
      const original = Math.floor(part * (answers.length - 1));
      const { asked } = lives[original]!.step;
      if (MESSAGES.includes(asked.kind)) onRepeat(original, ask(remembered(asked)), decision.journalled);
    }
  }
  return { state, answers };
}

function remembered(asked: Asked): Asked {
  return MESSAGES.includes(asked.kind) ? { ...asked, windowHours: WINDOW_HOURS } : asked;
}

function canFollow(state: TenantState, asked: Asked): boolean {
  if (asked.kind !== 'voidRequest') return true;
  const { key } = commandOf(asked);
  return isDecided(state, key) && state.records.status(state.records.find(key)) !== RECORD.reversal;
}

t.test('whatever comes again, at whatever time, is told the same and leaves the same', async (t) => {
  let repeats = 0;
  holds(
    t,
    fc.property(fc.array(repeated, { maxLength: 50, size: 'max' }), (lives) => {
      const once = run(lives);
      const voided = new Set(
        lives.flatMap(({ step }) => (step.asked.kind === 'voidRequest' ? [step.asked.key] : [])),
      );
      const many = run(lives, (original, answer, journalled) => {
        repeats++;
        if (journalled) throw new Error(`message ${original} was decided twice`);
        const { asked } = lives[original]!.step;
        // A void in between is the one thing that changes what a repeat is told.
        const told = JSON.parse(answer).responseCode;
        if (told === RESPONSE.issuerInoperative && voided.has(asked.key!)) return;
        if (answer !== once.answers[original]) throw new Error(`${answer}, not ${once.answers[original]}`);
      });
      if (many.answers.join() !== once.answers.join()) throw new Error('others are told something else');
      const [one, other] = [once, many].map(({ state }) => contentOf(state));
      if (one !== other) throw new Error('the state is another');
    }),
    300,
  );
  t.ok(repeats > 5000, `${repeats} repeats`);
});
