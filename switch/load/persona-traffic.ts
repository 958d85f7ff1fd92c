import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { type Choice, uniformChoice, weightedChoice } from './choice.js';
import type { LoadCard } from './deck.js';
import { FrameTemplate } from './frame-template.js';
import type { Link } from './link.js';
import { ANYONE, PERSONAS, type Purchase } from './personas.js';
import type { SeededRandom } from './random.js';
import { ANY_CODE, APPROVED, type Requests } from './requests.js';
import type { Traffic } from './traffic.js';

/** Of all messages, how many undo an approval, and how many ask again what was answered. */
const REVERSAL_SHARE = 0.05;
const REPEAT_SHARE = 0.02;

/** How far back such a message reaches, in requests of its connection. */
const REACH = 200;
const PICKS_MAX = 4;

/** DE90 until it is patched. */
const NO_ORIGINAL = '0'.repeat(42);

/** A tenant's cards, as positions in the deck, and what to do with them. */
interface Crowd {
  readonly cards: Uint32Array;
  readonly card: Choice;
  readonly purchase: Choice;
  readonly templates: readonly Templates[];
}

interface Templates {
  /** Position among all, to find the templates of a request again. */
  readonly profile: number;
  readonly purchase: Purchase;
  readonly authorisation: FrameTemplate;
  readonly repeat: FrameTemplate;
  readonly reversal: FrameTemplate;
}

/**
 * Traffic as the demo tenants' cardholders make it: each tenant's own purchases, some reversals of approved
 * ones, some repeats. A declined purchase is no error here; a repeat that gets another answer is one.
 */
export class PersonaTraffic implements Traffic {
  readonly #random: SeededRandom;
  readonly #crowds: Crowd[] = [];
  readonly #crowd: Choice;
  readonly #templates: Templates[] = [];

  /** `cards` in the order of the deck that the links use. */
  constructor(dialect: CompiledDialect, cards: readonly LoadCard[], random: SeededRandom) {
    this.#random = random;
    const byTenant = new Map<string, number[]>();
    cards.forEach((card, index) => {
      const indexes = byTenant.get(card.tenant);
      if (indexes === undefined) byTenant.set(card.tenant, [index]);
      else indexes.push(index);
    });
    const shares: number[] = [];
    for (const [tenant, indexes] of byTenant) {
      const persona = PERSONAS[tenant] ?? ANYONE;
      const templates = persona.purchases.map((purchase) =>
        this.#prepare(dialect, cards[indexes[0]!]!.pan.length, purchase),
      );
      shares.push(persona.share);
      this.#crowds.push({
        cards: Uint32Array.from(indexes),
        card: uniformChoice(random, indexes.length),
        purchase: weightedChoice(
          random,
          persona.purchases.map((purchase) => purchase.weight),
        ),
        templates,
      });
    }
    this.#crowd = weightedChoice(random, shares);
  }

  next(link: Link, intendedMs: number): void {
    const dice = this.#random.next();
    if (dice < REVERSAL_SHARE && this.#reverse(link, intendedMs)) return;
    if (dice >= 1 - REPEAT_SHARE && this.#repeat(link, intendedMs)) return;
    this.#authorise(link, intendedMs);
  }

  #authorise(link: Link, intendedMs: number): void {
    const crowd = this.#crowds[this.#crowd.next()]!;
    const { profile, purchase, authorisation } = crowd.templates[crowd.purchase.next()]!;
    const span = purchase.amountMax - purchase.amountMin + 1;
    const amountMinor = purchase.amountMin + this.#random.below(span);
    link.authorise(
      authorisation,
      profile,
      crowd.cards[crowd.card.next()]!,
      amountMinor,
      intendedMs,
      ANY_CODE,
    );
  }

  /** False when the request that the dice picked can't be reversed. */
  #reverse(link: Link, intendedMs: number): boolean {
    const { requests } = link;
    const slot = this.#pick(requests);
    if (slot < 0 || requests.code[slot] !== APPROVED) return false;
    link.reverse(this.#templates[requests.profile[slot]!]!.reversal, slot, intendedMs);
    return true;
  }

  #repeat(link: Link, intendedMs: number): boolean {
    const { requests } = link;
    const slot = this.#pick(requests);
    if (slot < 0) return false;
    link.repeat(this.#templates[requests.profile[slot]!]!.repeat, slot, intendedMs);
    return true;
  }

  /** The slot of a recent authorisation that was answered; −1 when none of a few tries is one. */
  #pick(requests: Requests): number {
    const reach = Math.min(REACH, requests.opened);
    for (let tries = 0; tries < PICKS_MAX; tries++) {
      const slot = requests.answered(1 + this.#random.below(reach));
      if (slot >= 0) return slot;
    }
    return -1;
  }

  #prepare(dialect: CompiledDialect, panLength: number, purchase: Purchase): Templates {
    const fields = {
      3: purchase.processingCode,
      18: purchase.mcc,
      22: purchase.entryMode,
      25: purchase.condition,
      41: `TERM${purchase.mcc}`,
      42: `MERCHANT000${purchase.mcc}`,
      43: purchase.merchant,
    };
    const template = (mti: string, more: Readonly<Record<number, string>>) =>
      new FrameTemplate(dialect, { mti, fields: { ...fields, ...more } }, panLength);
    const { pinBlock } = purchase;
    const asked = { 14: '0000', ...(pinBlock === undefined ? {} : { 52: pinBlock }) };
    const templates: Templates = {
      profile: this.#templates.length,
      purchase,
      authorisation: template('0100', asked),
      repeat: template('0101', asked),
      reversal: template('0400', { 90: NO_ORIGINAL }),
    };
    this.#templates.push(templates);
    return templates;
  }
}
