/** A delivery that waits to be sent. */
export interface Waiting {
  /** UUID. */
  readonly id: string;
  /** Those of one lane go one after another; null goes by itself. */
  readonly lane: number | null;
  /** Attempts before. */
  attempts: number;
  /** Not before, in ms since 1970. */
  dueAt: number;
}

interface Lane {
  /** In the order of the events. */
  readonly waiting: Waiting[];
  flying: boolean;
}

/**
 * The deliveries of one endpoint that are not done, in memory: which may go now. Of a lane (a card) only the first may, and
 * not while another of it is under way, so that what is about a card comes in its order; other lanes go on.
 */
export class EndpointQueue {
  readonly #lanes = new Map<number | string, Lane>();
  /** Lanes whose first may go, at once or later, by that time; the soonest last. */
  #heads: { readonly key: number | string; readonly dueAt: number }[] = [];
  readonly #flying = new Map<string, Waiting>();
  #size = 0;

  /** Deliveries in it, those under way too. */
  get size(): number {
    return this.#size;
  }

  get flying(): number {
    return this.#flying.size;
  }

  /** When the next may go, in ms since 1970; infinite when none waits. */
  get nextDueAt(): number {
    return this.#heads.at(-1)?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Adds one behind all others. */
  add(delivery: Waiting): void {
    this.#size++;
    const key = keyOf(delivery);
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.waiting.push(delivery);
      return;
    }
    this.#lanes.set(key, { waiting: [delivery], flying: false });
    this.#insertHead(key, delivery.dueAt);
  }

  /** Puts all in anew, in the order of the events; what is under way stays so. */
  reload(deliveries: readonly Waiting[]): void {
    this.#lanes.clear();
    this.#heads = [];
    this.#size = this.#flying.size;
    for (const flying of this.#flying.values()) this.#laneOf(flying).flying = true;
    for (const delivery of deliveries) {
      if (this.#flying.has(delivery.id)) continue;
      this.#size++;
      this.#laneOf(delivery).waiting.push(delivery);
    }
    for (const [key, { waiting, flying }] of this.#lanes) {
      if (!flying && waiting.length > 0) this.#insertHead(key, waiting[0]!.dueAt);
    }
  }

  /** Takes out the one that may go soonest, to be sent now; null when none may yet. */
  take(now: number): Waiting | null {
    if (this.nextDueAt > now) return null;
    const lane = this.#lanes.get(this.#heads.pop()!.key)!;
    const delivery = lane.waiting.shift()!;
    lane.flying = true;
    this.#flying.set(delivery.id, delivery);
    return delivery;
  }

  /** What {@link take} gave is done with. */
  done(delivery: Waiting): void {
    this.#size--;
    this.#land(delivery);
  }

  /** What {@link take} gave is to be sent again, at `dueAt`. */
  again(delivery: Waiting): void {
    this.#lanes.get(keyOf(delivery))!.waiting.unshift(delivery);
    this.#land(delivery);
  }

  #land(delivery: Waiting): void {
    this.#flying.delete(delivery.id);
    const key = keyOf(delivery);
    const lane = this.#lanes.get(key)!;
    lane.flying = false;
    if (lane.waiting.length === 0) this.#lanes.delete(key);
    else this.#insertHead(key, lane.waiting[0]!.dueAt);
  }

  #laneOf(delivery: Waiting): Lane {
    const key = keyOf(delivery);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { waiting: [], flying: false };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #insertHead(key: number | string, dueAt: number): void {
    let low = 0;
    let high = this.#heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Of those that are due at one time the one that was here first goes first.
      if (this.#heads[middle]!.dueAt > dueAt) low = middle + 1;
      else high = middle;
    }
    this.#heads.splice(low, 0, { key, dueAt });
  }
}

function keyOf({ id, lane }: Waiting): number | string {
  return lane ?? id;
}
