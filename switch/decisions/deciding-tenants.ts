import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Keys } from '../../tenants/keys.js';
import type { Certificates } from '../../tenants/outbound/endpoint-client.js';
import type { Config } from '../config-schema.js';
import type { Journals } from '../journal-threads.js';
import { LastingThread } from '../lasting-thread.js';
import type { Pipeline } from '../pipeline.js';
import type { DecisionAsked, DecisionThreadSaid } from './decision-messages.js';
import type { DecisionThreadData } from './decision-thread.js';

const STOP_MS = 1000;

export interface DecidingTenantsSettings {
  readonly certificates: Certificates;
  /** Networks that endpoints may be in though they are not public. */
  readonly networks: readonly string[];
  readonly keys: Keys;
  readonly log: Logger;
  /** By index of the tenant, the place of its database. */
  readonly placeOf: Uint8Array;
  /** Where what tenants say goes. */
  readonly pipeline: () => Pick<Pipeline, 'askFrom' | 'told' | 'decideUnasked'>;
}

/**
 * Asks tenants about messages, on a thread for each database, which has the tenants' endpoints. What would be asked while
 * a thread is dead, or not there yet, is decided by the time that it may take.
 */
export class DecidingTenants {
  readonly #settings: DecidingTenantsSettings;
  /** By place. */
  readonly #threads: LastingThread<DecisionThreadData, DecisionThreadSaid>[] = [];

  constructor(settings: DecidingTenantsSettings) {
    this.#settings = settings;
  }

  /** The database of a place is there. */
  open(place: number, { url, session, tenants, indexes }: Journals): void {
    const { certificates, networks, keys, log, pipeline } = this.#settings;
    this.#threads[place] = new LastingThread<DecisionThreadData, DecisionThreadSaid>({
      script: new URL('./decision-thread.js', import.meta.url),
      data: { url, session, tenants, indexes, keys, certificates, networks },
      onTold: (said) => {
        if (said.kind === 'policies') pipeline().askFrom(said.policies);
        else if (said.kind === 'told') pipeline().told(said.told);
        else log.error({ err: said.error }, said.text);
      },
      onDied: (err) => {
        log.error({ err }, 'a thread that asks tenants failed');
        pipeline().decideUnasked(place);
      },
      stopMs: STOP_MS,
    });
  }

  ask(asked: readonly DecisionAsked[]): void {
    for (const [place, thread] of this.#threads.entries()) {
      const own = asked.filter(({ tenant }) => this.#settings.placeOf[tenant] === place);
      if (own.length > 0) thread?.post(own);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread?.stop()));
  }
}

/** @throws Error when a file that is named can't be read */
export async function certificatesOf({ outbound }: Config): Promise<Certificates> {
  const text = (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'));
  const [cert, key, authorities] = await Promise.all(
    [outbound.certificateFile, outbound.keyFile, outbound.authoritiesFile].map(text),
  );
  return {
    clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key },
    authorities,
  };
}
