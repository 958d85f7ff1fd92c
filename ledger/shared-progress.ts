/**
 * Numbers of each tenant in memory that threads share: one writes, others read. Each number is whole; those of a tenant may
 * be a moment apart.
 */
export class SharedProgress<Member extends string> {
  readonly cells: Float64Array;
  readonly #members: readonly Member[];

  /**
   * @param members names of the numbers; the last is a time, which is 0 before any are known
   * @param cells as many for each tenant
   */
  constructor(members: readonly Member[], cells: Float64Array) {
    this.#members = members;
    this.cells = cells;
  }

  set(tenant: number, progress: Readonly<Record<Member, number>>): void {
    const from = tenant * this.#members.length;
    for (const [place, member] of this.#members.entries()) this.cells[from + place] = progress[member];
  }

  /** Null of a tenant of which nothing is known yet. */
  of(tenant: number): Readonly<Record<Member, number>> | null {
    const from = tenant * this.#members.length;
    if (this.cells[from + this.#members.length - 1] === 0) return null;
    const numbers = this.#members.map((member, place) => [member, this.cells[from + place]!]);
    return Object.fromEntries(numbers) as Record<Member, number>;
  }
}
