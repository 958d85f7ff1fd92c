import type { MessagePort } from 'node:worker_threads';
import type { Look } from '../ledger/look.js';
import type { LedgerFailure } from '../tenants/api/ledger-port.js';
import { type Asked, Asking, type Told } from './asking.js';

/** What the HTTP thread asks: commands as a journal body, or a look at the state. `tenant` is its index. */
export type AskedMessage = { readonly id: number; readonly tenant: number } & (
  | { readonly body: Uint8Array<ArrayBuffer> }
  | { readonly look: Look }
);

/** What it is answered. */
export type ToldMessage = { readonly id: number } & (Told | { readonly failure: LedgerFailure });

/** Where what is asked goes: the pipeline, once there is one. */
export interface Asker {
  ask(asking: Asked): void;
}

/**
 * The end of the channel on the thread that decides: takes what the HTTP thread asks, whose place a new one may take
 * when it failed, and answers it. Commands and answers cross as bytes, many in one message.
 */
export class LedgerChannel {
  #asker: Asker | null = null;
  readonly #sandbox: boolean;

  /** @param sandbox see `admit` */
  constructor(sandbox: boolean) {
    this.#sandbox = sandbox;
  }

  /** From now on, questions are answered. */
  open(asker: Asker): void {
    this.#asker = asker;
  }

  close(): void {
    this.#asker = null;
  }

  /** Listens to a port; it is closed with the thread that has the other. */
  listen(port: MessagePort): void {
    port.on('message', (message: AskedMessage) => {
      const { id, tenant } = message;
      const tell = (told: Told | { readonly failure: LedgerFailure }) => {
        port.postMessage({ id, ...told } satisfies ToldMessage, buffersOf(told));
      };
      if (this.#asker === null) return tell({ failure: 'STARTING' });
      const what = 'body' in message ? message.body : message.look;
      this.#asker.ask(new Asking(tenant, what, tell, this.#sandbox));
    });
  }
}

function buffersOf(told: Told | { readonly failure: LedgerFailure }): ArrayBuffer[] {
  if ('failure' in told) return [];
  if ('rows' in told) return [told.rows.buffer];
  return [told.refusals.buffer, told.responseCodes.buffer, told.made.buffer];
}
