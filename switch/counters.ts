import { ASKED } from '../ledger/command.js';
import { Progress } from '../ledger/projection/progress.js';
import { RULES } from '../parsers/errors.js';
import { WebhookBoard } from '../tenants/events/webhook-board.js';
import { LaneCounters } from './lane-counters.js';
import { MODES, type Mode } from './mode.js';
import { ProofBoard } from './proof-board.js';

/** Why a connection was closed by the switch, or went; labels of `holdfast_connections_closed_total`. */
export const CLOSINGS = [
  'peer',
  'error',
  'framing_lost',
  'frame_too_long',
  'frame_unfinished',
  'reader_too_slow',
  'too_many_connections',
  'drain',
] as const;
export type Closing = (typeof CLOSINGS)[number];

/** Single values by name. Times are in ms since 1970, delays in µs. */
export const SCALARS = [
  'mode',
  'heartbeatAt',
  'connectionsAccepted',
  'connectionsOpen',
  'connectionsPaused',
  'batches',
  'messages',
  'parserFailures',
  'commits',
  'commandsJournalled',
  'settlements',
  'voids',
  'quarantined',
  'eventLoopDelayP50',
  'eventLoopDelayP99',
  'eventLoopDelayMax',
  'eventLoopUtilisation',
] as const;
export type Scalar = (typeof SCALARS)[number];

/** Upper bounds of the latency buckets, in µs. */
export const LATENCY_BOUNDS_US = [
  100, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10_000, 20_000, 50_000, 100_000, 200_000,
  500_000, 1_000_000, 2_000_000,
] as const;
/** Upper bounds of the sizes of a commit, in commands. */
export const GROUP_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

const CODES = 100;
const ASKINGS = Object.keys(ASKED).length;

type Column = Float64Array<SharedArrayBuffer>;
type ColumnsOf<Lengths> = { -readonly [Place in keyof Lengths]: Column };

/** A distribution: a count for each bucket, one for what is above the last bound, and the sum. */
export class Distribution {
  constructor(
    readonly bounds: readonly number[],
    readonly cells: Float64Array,
  ) {}

  static cells(bounds: readonly number[]): number {
    return bounds.length + 2;
  }

  record(value: number): void {
    const { bounds, cells } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    cells[bucket]!++;
    cells[bounds.length + 1]! += value;
  }
}

/**
 * What the hot thread counts, in shared memory: it only adds to numbers, and the HTTP thread reads and names
 * them. One thread writes; a reader may see a number that is one message old. The prover, the projector and the courier write their own parts.
 */
export class Counters {
  readonly shared: SharedArrayBuffer;
  /** Answers by tenant (its index; the last row is for no tenant) and DE39. */
  readonly responses: Float64Array;
  /** Messages refused by number of rule. */
  readonly refusals: Float64Array;
  readonly closings: Float64Array;
  /** By tenant: the epoch under which it is held here, 0 where it isn't. */
  readonly epochs: Float64Array;
  /** By tenant: messages answered 91 because it is not held here. */
  readonly notHeld: Float64Array;
  /** From the last byte read to the reply handed to the socket, in µs. */
  readonly replyUs: Distribution;
  readonly commitUs: Distribution;
  /** Messages by how it ended that their tenant was asked about them (numbers of `ASKED`), and how long it took, in µs. */
  readonly askings: Float64Array;
  readonly askedUs: Distribution;
  readonly groupCommands: Distribution;
  /** How far the read model is filled, and the journals are proved. */
  readonly projection: Progress;
  readonly proof: ProofBoard;
  /** By database. */
  readonly lanes: LaneCounters;
  /** What has become of the tenants' webhooks. */
  readonly webhooks: WebhookBoard;
  readonly #scalars: Float64Array;
  readonly #tenants: number;

  /** @param shared what another thread's counters stand in; absent to make them */
  constructor(tenants: number, databases: number, shared?: SharedArrayBuffer) {
    this.#tenants = tenants;
    const lengths = [
      (tenants + 1) * CODES,
      RULES.length,
      CLOSINGS.length,
      Distribution.cells(LATENCY_BOUNDS_US),
      Distribution.cells(LATENCY_BOUNDS_US),
      Distribution.cells(GROUP_BOUNDS),
      SCALARS.length,
      tenants,
      tenants,
      Progress.cellsOf(tenants),
      ProofBoard.cellsOf(tenants),
      LaneCounters.cellsOf(databases),
      ASKINGS,
      Distribution.cells(LATENCY_BOUNDS_US),
      WebhookBoard.cellsOf(tenants),
    ] as const;
    this.shared =
      shared ?? new SharedArrayBuffer(8 * lengths.reduce<number>((sum, length) => sum + length, 0));
    let at = 0;
    const [
      responses,
      refusals,
      closings,
      reply,
      commit,
      group,
      scalars,
      epochs,
      notHeld,
      projection,
      proof,
      lanes,
      askings,
      asked,
      webhooks,
    ] = lengths.map((length) => {
      const cells = new Float64Array(this.shared, at, length);
      at += 8 * length;
      return cells;
    }) as ColumnsOf<typeof lengths>;
    this.responses = responses;
    this.refusals = refusals;
    this.closings = closings;
    this.epochs = epochs;
    this.notHeld = notHeld;
    this.replyUs = new Distribution(LATENCY_BOUNDS_US, reply);
    this.commitUs = new Distribution(LATENCY_BOUNDS_US, commit);
    this.askings = askings;
    this.askedUs = new Distribution(LATENCY_BOUNDS_US, asked);
    this.groupCommands = new Distribution(GROUP_BOUNDS, group);
    this.projection = new Progress(projection);
    this.proof = new ProofBoard(proof);
    this.lanes = new LaneCounters(lanes);
    this.webhooks = new WebhookBoard(webhooks);
    this.#scalars = scalars;
  }

  /** Counts an answer; a tenant beyond the last is none. */
  answered(tenant: number, responseCode: number): void {
    this.responses[Math.min(tenant, this.#tenants) * CODES + responseCode]!++;
  }

  /** Counts a message that a tenant was, or should have been, asked about. */
  asked(how: number, us: number): void {
    this.askings[how]!++;
    this.askedUs.record(us);
  }

  answers(tenant: number, responseCode: number): number {
    return this.responses[tenant * CODES + responseCode]!;
  }

  closed(reason: Closing): void {
    this.closings[CLOSINGS.indexOf(reason)]!++;
  }

  get(scalar: Scalar): number {
    return this.#scalars[SCALARS.indexOf(scalar)]!;
  }

  /** The one cell that a scalar is in, for a thread that reads nothing else. */
  cell(scalar: Scalar): Float64Array {
    const at = SCALARS.indexOf(scalar);
    return this.#scalars.subarray(at, at + 1);
  }

  set(scalar: Scalar, value: number): void {
    this.#scalars[SCALARS.indexOf(scalar)] = value;
  }

  add(scalar: Scalar, value: number): void {
    this.#scalars[SCALARS.indexOf(scalar)]! += value;
  }

  get mode(): Mode {
    return MODES[this.get('mode')]!;
  }

  set mode(mode: Mode) {
    this.set('mode', MODES.indexOf(mode));
  }
}
