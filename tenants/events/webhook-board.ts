import { SharedProgress } from '../../ledger/shared-progress.js';

/** What has become of a tenant's webhooks since this switch began, and what waits. */
export interface WebhookProgress {
  readonly delivered: number;
  /** Attempts that failed, those of dead letters too. */
  readonly failed: number;
  readonly dead: number;
  /** Deliveries that wait, those under way too. */
  readonly waiting: number;
  /** Time of the oldest event that an endpoint in use lacks, in ms since 1970; 0 where none lacks any. */
  readonly oldest: number;
  /** When all this was so. */
  readonly at: number;
}

const MEMBERS = [
  'delivered',
  'failed',
  'dead',
  'waiting',
  'oldest',
  'at',
] as const satisfies readonly (keyof WebhookProgress)[];

/** What has become of each tenant's webhooks: the thread that sends them writes, the HTTP thread reads. */
export class WebhookBoard extends SharedProgress<keyof WebhookProgress> {
  /** @param cells of {@link WebhookBoard.cellsOf} */
  constructor(cells: Float64Array) {
    super(MEMBERS, cells);
  }

  static cellsOf(tenants: number): number {
    return MEMBERS.length * tenants;
  }
}
