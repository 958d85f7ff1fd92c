import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { currencyOf } from '../parsers/meaning/currencies.js';
import { Courier, type CourierSettings } from '../tenants/events/courier.js';
import { Sender } from '../tenants/events/sender.js';
import { WebhookBoard } from '../tenants/events/webhook-board.js';
import type { Keys } from '../tenants/keys.js';
import { AddressGuard } from '../tenants/outbound/address-guard.js';
import { SecretCipher } from '../tenants/outbound/secret-cipher.js';

/** What the thread that sends webhooks is started with. */
export interface CourierData
  extends Pick<
    CourierSettings,
    'url' | 'session' | 'tenants' | 'indexes' | 'pollMs' | 'retrySeconds' | 'disableAfterHours'
  > {
  readonly keys: Pick<Keys, 'panVersion' | 'panKeys'>;
  readonly timeoutMs: number;
  /** Networks that requests may go to though they are not public. */
  readonly networks: readonly string[];
  /** In shared memory: of a {@link WebhookBoard}. */
  readonly board: Float64Array;
}

/** What it is told: that a tenant was quarantined, or to stop. */
export type CourierAsked = { readonly quarantined: number } | 'stop';

/** What it says, each time that something fails. */
export interface CourierTold {
  readonly text: string;
  readonly error: unknown;
}

const { keys, timeoutMs, networks, board, ...settings } = workerData as CourierData;
const stop = new AbortController();
const port = parentPort!;
// On Linux priorities are of threads: cards are answered first.
if (process.platform === 'linux') os.setPriority(0, os.constants.priority.PRIORITY_BELOW_NORMAL);

const courier = new Courier({
  ...settings,
  currencyOf,
  cipher: new SecretCipher(keys),
  sender: new Sender({ guard: new AddressGuard(networks), timeoutMs }),
  board: new WebhookBoard(board),
  log: (text, error) => port.postMessage({ text, error } satisfies CourierTold),
});
port.on('message', (asked: CourierAsked) => {
  if (asked === 'stop') stop.abort();
  else courier.quarantined(asked.quarantined);
});
await courier.run(stop.signal);
port.close();
