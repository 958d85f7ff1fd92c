import { apply } from '../apply.js';
import { COMMAND, type Command, Decision, isAdvice, isApproval } from '../command.js';
import { billedFollows } from '../journal-body.js';
import type { TenantState } from '../tenant-state.js';
import { commandOf, type Draft, withShadow } from './draft.js';
import { type Example, OUTCOMES, type Outcome, type RuleCount, type Sum, type Told } from './outcome.js';

/** Examples of each outcome that is not as before. */
const EXAMPLES_EACH = 20;

/** Counts messages and what they were billed. */
class Summing {
  messages = 0;
  readonly billed = new Map<number, number>();

  add(currency: number, amount: number): void {
    this.messages++;
    this.billed.set(currency, (this.billed.get(currency) ?? 0) + amount);
  }

  sum(): Sum {
    return { messages: this.messages, billed: Object.fromEntries(this.billed) };
  }
}

interface Deciding {
  decided: number;
  readonly newly: Summing;
}

/**
 * Decides the commands of a journal again, by other rules: on a state of its own, in which everything goes on as it would
 * have, so that what was declined holds no money later either. Before that the draft may count for a while, as a shadow
 * of the rules that were in force.
 */
export class BackTest {
  readonly #state: TenantState;
  readonly #drafts: readonly Draft[];
  readonly #decision = new Decision();
  readonly #outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  readonly #before = new Summing();
  readonly #after = new Summing();
  readonly #rules = new Map<number, Deciding>();
  readonly #examples: Example[] = [];
  /** Requests that were decided again. */
  messages = 0;

  /**
   * @param state what the journal's rows up to the first one gave; it is taken over
   * @param drafts to be in force instead of what the tenant has for the same cards, groups…, or of nothing
   */
  constructor(state: TenantState, drafts: readonly Draft[]) {
    this.#state = state;
    this.#drafts = drafts;
  }

  /** Lets the draft count from now on. */
  beginWarmUp(): void {
    for (const draft of this.#drafts) {
      const inForce = this.#state.rules.of(draft.level, draft.entity)?.text ?? '';
      this.#attach({ ...draft, program: withShadow(inForce, draft) });
    }
  }

  /** Applies the next command of the journal while the draft only counts. */
  warmUp(command: Command, at: number): void {
    apply(this.#state, command, at, this.#decision);
    if (this.#draftOf(command) !== undefined) this.beginWarmUp();
  }

  /** Puts the draft in force. */
  begin(): void {
    for (const draft of this.#drafts) this.#attach(draft);
  }

  #attach(draft: Draft): void {
    apply(this.#state, commandOf(draft), 0, this.#decision);
  }

  /** The draft that stands for the rules that a command would attach, where there is one. */
  #draftOf({ kind, level, entity }: Command): Draft | undefined {
    if (kind !== COMMAND.setRules) return undefined;
    return this.#drafts.find((draft) => draft.level === level && draft.entity === entity);
  }

  /** Decides the next command of the journal again. */
  take(command: Command, recorded: Decision, seq: number, entry: number, at: number): void {
    // What the tenant changed at the time is what the draft stands for.
    if (this.#draftOf(command) !== undefined) return;
    const decision = this.#decision;
    apply(this.#state, command, at, decision);
    if (!isRequest(command)) return;
    this.messages++;
    const card = this.#state.cardOf(command.token);
    const currency =
      card < 0 ? command.currency : this.#state.accounts.currency(this.#state.cards.account(card));
    const before = billedOf(command, recorded);
    const after = billedOf(command, decision);
    if (isApproval(recorded.responseCode)) this.#before.add(currency, before);
    if (isApproval(decision.responseCode)) this.#after.add(currency, after);
    const outcome = outcomeOf(recorded, decision, before, after);
    this.#outcomes[outcome]++;
    if (decision.rule !== 0) this.#count(decision, recorded, currency, before);
    if (outcome === 'approvedAsBefore' || outcome === 'declinedAsBefore') return;
    if (this.#outcomes[outcome] > EXAMPLES_EACH) return;
    const { token, mcc, amount, currency: asked } = command;
    const told = (of: Decision, billed: number): Told => ({
      responseCode: of.responseCode,
      billed,
      rule: of.rule,
    });
    this.#examples.push({
      seq,
      entry,
      at,
      outcome,
      token: Array.from(token, (word) => word.toString(16).padStart(8, '0')).join(''),
      mcc,
      amount,
      currency: asked,
      before: told(recorded, before),
      after: told(decision, after),
    });
  }

  #count(decision: Decision, recorded: Decision, currency: number, before: number): void {
    const count = this.#rules.get(decision.rule) ?? { decided: 0, newly: new Summing() };
    this.#rules.set(decision.rule, count);
    count.decided++;
    if (isApproval(recorded.responseCode) && recorded.rule === 0) count.newly.add(currency, before);
  }

  /** The name of a rule that is in force; a number that none has any more is its own name. */
  #nameOf(number: number): string {
    for (const [, , set] of this.#state.rules.attached()) {
      const rule = set.rules.find((one) => one.number === number);
      if (rule !== undefined) return rule.name;
    }
    return String(number);
  }

  /** What was found so far. */
  found() {
    const outcomes = { ...this.#outcomes };
    const rules = [...this.#rules]
      .sort(([a], [b]) => a - b)
      .map(([rule, { decided, newly }]): RuleCount => {
        const { messages, billed } = newly.sum();
        return { rule, name: this.#nameOf(rule), decided, newly: messages, billedBefore: billed };
      });
    return {
      messages: this.messages,
      outcomes,
      differences: this.messages - outcomes.approvedAsBefore - outcomes.declinedAsBefore,
      approvedBefore: this.#before.sum(),
      approvedAfter: this.#after.sum(),
      rules,
      examples: this.#examples,
    };
  }
}

function isRequest(command: Command): boolean {
  return (command.kind === COMMAND.authorise || command.kind === COMMAND.clear) && !isAdvice(command);
}

/** What was billed, which the journal leaves out where it is the message's amount. */
function billedOf(command: Command, decision: Decision): number {
  if (!isApproval(decision.responseCode)) return 0;
  return decision.billed === 0 && !billedFollows(command, decision) ? command.amount : decision.billed;
}

function outcomeOf(before: Decision, after: Decision, billedBefore: number, billedAfter: number): Outcome {
  const approved = isApproval(after.responseCode);
  if (approved !== isApproval(before.responseCode)) return approved ? 'newlyApproved' : 'newlyDeclined';
  const sameCode = after.responseCode === before.responseCode;
  if (approved) return sameCode && billedAfter === billedBefore ? 'approvedAsBefore' : 'otherAmount';
  return sameCode && after.rule === before.rule ? 'declinedAsBefore' : 'otherReason';
}
