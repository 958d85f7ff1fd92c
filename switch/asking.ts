import { admit, madeBy, REFUSAL } from '../ledger/admit.js';
import { Command, Decision } from '../ledger/command.js';
import { BodyReader } from '../ledger/journal-body.js';
import type { Ledger } from '../ledger/ledger.js';
import { type LimitsLook, lookAtLimits } from '../ledger/limits/limits-look.js';
import { type Look, lookAt } from '../ledger/look.js';
import type { LedgerFailure } from '../tenants/api/ledger-port.js';

/** A question about a state, answered in rows of numbers, or in JSON. */
export type AnyLook = Look | LimitsLook;

/** An answer: what became of each command, or what was looked at. */
export type Told =
  | {
      readonly refusals: Uint8Array<ArrayBuffer>;
      readonly responseCodes: Uint8Array<ArrayBuffer>;
      readonly made: Float64Array<ArrayBuffer>;
      /** The journal row in which they became durable, the last one of several; 0 where nothing did. */
      readonly seq: number;
    }
  | { readonly rows: Float64Array<ArrayBuffer> }
  | { readonly json: string };

/** Something that is asked of a tenant's ledger, besides its messages. */
export interface Asked {
  /** Its index. */
  readonly tenant: number;
  /** Commands in it; a look counts as one. */
  readonly count: number;
  /** Whether a part of it was decided. */
  readonly begun: boolean;
  /** Whether all of it was. */
  readonly done: boolean;
  /** Decides at most `limit` commands more; returns how many it were. */
  decide(ledger: Ledger, limit: number, now: number): number;
  /**
   * All of it is durable.
   * @param seq the journal row of its last commands; 0 where nothing of the tenant had to be written
   */
  tell(seq: number): void;
  fail(failure: LedgerFailure): void;
}

/** Commands of one request, decided slice by slice, or a look, which takes one step. */
export class Asking implements Asked {
  readonly count: number;
  #decided = 0;
  readonly #reader: BodyReader | null = null;
  readonly #look: AnyLook | null = null;
  #told: Told;
  readonly #tell: (told: Told | { readonly failure: LedgerFailure }) => void;
  readonly #sandbox: boolean;

  /** @param sandbox see `admit` @throws InvariantError when the bytes are no body */
  constructor(
    readonly tenant: number,
    what: Uint8Array | AnyLook,
    tell: (told: Told | { readonly failure: LedgerFailure }) => void,
    sandbox = false,
  ) {
    this.#sandbox = sandbox;
    this.#tell = tell;
    if (what instanceof Uint8Array) {
      this.#reader = new BodyReader(new Command(), new Decision());
      this.count = this.#reader.open(Buffer.from(what.buffer, what.byteOffset, what.byteLength));
      this.#told = {
        refusals: new Uint8Array(this.count),
        responseCodes: new Uint8Array(this.count),
        made: new Float64Array(this.count),
        seq: 0,
      };
    } else {
      this.#look = what;
      this.count = 1;
      this.#told = { rows: new Float64Array(0) };
    }
  }

  get begun(): boolean {
    return this.#decided > 0;
  }

  get done(): boolean {
    return this.#decided >= this.count;
  }

  decide(ledger: Ledger, limit: number, now: number): number {
    const { state } = ledger.tenants[this.tenant]!;
    if (this.#look !== null) {
      const look = this.#look;
      this.#told = isOfLimits(look)
        ? { json: lookAtLimits(state, look, now) }
        : { rows: lookAt(state, look) };
      return ++this.#decided;
    }
    const { command, decision } = this.#reader!;
    const before = this.#decided;
    const until = Math.min(this.count, before + limit);
    const told = this.#told as Extract<Told, { made: unknown }>;
    for (let at = before; at < until; at++) {
      this.#reader!.next();
      this.#decided++;
      told.refusals[at] = admit(state, command, this.#sandbox);
      if (told.refusals[at] !== REFUSAL.none) continue;
      ledger.decide(this.tenant, command, now, decision);
      told.responseCodes[at] = decision.responseCode;
      told.made[at] = madeBy(state, command);
    }
    return until - before;
  }

  tell(seq: number): void {
    this.#tell('made' in this.#told ? { ...this.#told, seq } : this.#told);
  }

  fail(failure: LedgerFailure): void {
    this.#tell({ failure });
  }
}

function isOfLimits(look: AnyLook): look is LimitsLook {
  return look.of === 'rules' || look.of === 'remaining';
}
