import { MODES, type Mode } from './mode.js';

const SCALARS = ['mode', 'commits', 'commandsJournalled', 'settlements', 'moved'] as const;
export type LaneScalar = (typeof SCALARS)[number];

/** What the hot thread counts of each database, by the place of its lane; in memory that threads share. */
export class LaneCounters {
  readonly #cells: Float64Array;

  /** @param cells of {@link LaneCounters.cellsOf} */
  constructor(cells: Float64Array) {
    this.#cells = cells;
  }

  static cellsOf(lanes: number): number {
    return SCALARS.length * lanes;
  }

  get(lane: number, scalar: LaneScalar): number {
    return this.#cells[lane * SCALARS.length + SCALARS.indexOf(scalar)]!;
  }

  set(lane: number, scalar: LaneScalar, value: number): void {
    this.#cells[lane * SCALARS.length + SCALARS.indexOf(scalar)] = value;
  }

  add(lane: number, scalar: LaneScalar, value: number): void {
    this.#cells[lane * SCALARS.length + SCALARS.indexOf(scalar)]! += value;
  }

  /** `starting` until it decides messages, or stands by. */
  mode(lane: number): Mode {
    return MODES[this.get(lane, 'mode')]!;
  }

  setMode(lane: number, mode: Mode): void {
    this.set(lane, 'mode', MODES.indexOf(mode));
  }
}
