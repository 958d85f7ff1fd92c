import type { Spread } from '../switch/load/schedule.js';

/** What the load generator is told; its report is a `LoadReport`. */
export interface GeneratorConfig {
  readonly host: string;
  readonly port: number;
  readonly dialect: string;
  /** A file that holds what `holdfast demo cards --json` printed. */
  readonly cardsFile: string;
  /** Which cards: all alike, or by Zipf's law with that exponent. */
  readonly cards: 'uniform' | { readonly zipf: number };
  readonly rate: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly connections: number;
  readonly spread: Spread;
  readonly seed: number;
  /** DE32 of the first connection. Runs that may share a second on one switch must not share acquirers. */
  readonly acquirer: number;
  readonly graceMs: number;
  /** The only response code that counts as right. */
  readonly expectedCode: string;
}
