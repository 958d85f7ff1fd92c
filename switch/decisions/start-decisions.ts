import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Keys } from '../../tenants/keys.js';
import type { OutboundSettings } from '../../tenants/outbound/endpoint-client.js';
import type { Config } from '../config-schema.js';
import type { Journals } from '../journal-threads.js';
import { LastingThread } from '../lasting-thread.js';
import type { Pipeline } from '../pipeline.js';
import type { DecisionAsked, DecisionThreadSaid } from './decision-messages.js';
import type { DecisionThreadData } from './decision-thread.js';

const STOP_MS = 1000;

/** The thread that asks tenants about messages. */
export interface DecisionThread {
  ask(asked: readonly DecisionAsked[]): void;
  stop(): Promise<void>;
}

/** Starts it; what tenants say goes to the pipeline, and while it is dead what would be asked is decided without. */
export async function startDecisions(
  config: Config,
  { url, session, tenants }: Journals,
  keys: Keys,
  pipeline: Pick<Pipeline, 'askFrom' | 'told' | 'decideUnasked'>,
  log: Logger,
): Promise<DecisionThread> {
  const outbound = await outboundOf(config);
  const thread = new LastingThread<DecisionThreadData, DecisionThreadSaid>({
    script: new URL('./decision-thread.js', import.meta.url),
    data: { url, session, tenants, keys, outbound },
    onTold: (said) => {
      if (said.kind === 'policies') pipeline.askFrom(said.policies);
      else if (said.kind === 'told') pipeline.told(said.told);
      else log.error({ err: said.error }, said.text);
    },
    onDied: (err) => {
      log.error({ err }, 'the thread that asks tenants failed');
      pipeline.decideUnasked();
    },
    stopMs: STOP_MS,
  });
  return { ask: (asked) => thread.post(asked), stop: () => thread.stop() };
}

/** @throws Error when a file that is named can't be read */
async function outboundOf({ demo, outbound }: Config): Promise<OutboundSettings> {
  const text = (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'));
  const [cert, key, authorities] = await Promise.all(
    [outbound.certificateFile, outbound.keyFile, outbound.authoritiesFile].map(text),
  );
  return {
    privateAddresses: outbound.privateAddresses ?? demo,
    clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key },
    authorities,
  };
}
