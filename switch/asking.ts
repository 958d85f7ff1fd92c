import { admit, madeBy, REFUSAL } from '../ledger/admit.js';
import { Command, Decision } from '../ledger/command.js';
import { BodyReader } from '../ledger/journal-body.js';
import type { Ledger } from '../ledger/ledger.js';
import { type Look, lookAt } from '../ledger/look.js';
import type { LedgerFailure } from '../tenants/api/ledger-port.js';

/** An answer: what became of each command, or the rows that were looked at. */
export type Told =
  | {
      readonly refusals: Uint8Array<ArrayBuffer>;
      readonly responseCodes: Uint8Array<ArrayBuffer>;
      readonly made: Float64Array<ArrayBuffer>;
    }
  | { readonly rows: Float64Array<ArrayBuffer> };

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
  /** All of it is durable. */
  tell(): void;
  fail(failure: LedgerFailure): void;
}

/** Commands of one request, decided slice by slice, or a look, which takes one step. */
export class Asking implements Asked {
  readonly count: number;
  #decided = 0;
  readonly #reader: BodyReader | null = null;
  readonly #look: Look | null = null;
  #told: Told;
  readonly #tell: (told: Told | { readonly failure: LedgerFailure }) => void;
  readonly #sandbox: boolean;

  /** @param sandbox see `admit` @throws InvariantError when the bytes are no body */
  constructor(
    readonly tenant: number,
    what: Uint8Array | Look,
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
      this.#told = { rows: lookAt(state, this.#look) };
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

  tell(): void {
    this.#tell(this.#told);
  }

  fail(failure: LedgerFailure): void {
    this.#tell({ failure });
  }
}
