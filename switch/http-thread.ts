import type { AddressInfo } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import fastify from 'fastify';
import type { Holder } from '../ledger/node-settings.js';
import { currencyOf } from '../parsers/meaning/currencies.js';
import { PanTokeniser } from '../parsers/pan-token.js';
import { ApiDatabases } from '../tenants/api/api-databases.js';
import type { Environment } from '../tenants/api/api-key.js';
import type { ApiTenant } from '../tenants/api/api-settings.js';
import { addApi, SERVER_OPTIONS } from '../tenants/api/app.js';
import type { Keys } from '../tenants/keys.js';
import { AddressGuard } from '../tenants/outbound/address-guard.js';
import { SecretCipher } from '../tenants/outbound/secret-cipher.js';
import { PanCipher } from '../tenants/pan-cipher.js';
import { Counters } from './counters.js';
import { LedgerClient } from './ledger-client.js';
import { metricsOf } from './metrics.js';
import { readModelOf } from './projection-metrics.js';
import { proofOf } from './proof-metrics.js';
import { Sandbox, type SandboxLink } from './sandbox/sandbox.js';
import type { DatabaseConnection } from './serving-databases.js';

/** What the HTTP thread is started with. */
export interface HttpThreadData {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly counters: SharedArrayBuffer;
  readonly tenants: readonly ApiTenant[];
  /** The databases, by place, and whose ledgers are in them. */
  readonly databases: readonly { readonly name: string; readonly tenants: readonly string[] }[];
  /** Name of this node. */
  readonly node: string;
  readonly keys: Keys;
  readonly environment: Environment;
  /** Networks that tenants' endpoints may be in though they are not public. */
  readonly networks: readonly string[];
  /** How often streams look for new events. */
  readonly pollMs: number;
  /** Of an API key. */
  readonly requestsPerMinute: number;
  /** What tenants may send messages by, to try things out; none where cards are not demo cards. */
  readonly sandbox: readonly SandboxLink[];
  /** To the ledgers. */
  readonly ledger: MessagePort;
}

/** Who holds each tenant, by index. */
export type Holders = readonly (Holder | null)[];

/** What it is told, each time that it changes. */
export type HttpThreadTold =
  | { readonly kind: 'holders'; readonly holders: Holders }
  /** Where the databases are that are there by now. */
  | { readonly kind: 'databases'; readonly databases: readonly DatabaseConnection[] }
  /** The links listen on these ports, in their order. */
  | { readonly kind: 'links'; readonly ports: readonly number[] }
  /** The databases are about to end. */
  | { readonly kind: 'leave' };

/** What it says: once where it listens, or why it can't; then what failed, and that it has left the database. */
export type HttpThreadSaid =
  | { readonly port: number }
  | { readonly error: string }
  | { readonly failed: unknown }
  | { readonly left: true };

/** The hot thread beats every 100 ms; after that long without, it is taken for dead. */
const HEARTBEAT_MS_MAX = 5000;

const data = workerData as HttpThreadData;
const names = data.tenants.map(({ name }) => name);
const counters = new Counters(names.length, data.databases.length, data.counters);
let holders: Holders = [];
const say = (said: HttpThreadSaid) => parentPort!.postMessage(said);
const onFailure = (failed: unknown) => say({ failed });
const database = new ApiDatabases(data.databases.length, onFailure);
const sandbox = data.sandbox.length === 0 ? null : new Sandbox(data.sandbox);
async function leave(): Promise<void> {
  try {
    sandbox?.close();
    await api.close();
    await database.close();
  } catch (error) {
    // It is left all the same: the thread ends.
    onFailure(error);
  }
  say({ left: true });
}
const metrics = metricsOf(
  counters,
  names,
  data.databases.map(({ name }) => name),
  () => holders,
);
const server = fastify(SERVER_OPTIONS);

server.get('/health/live', { schema: { hide: true } }, async (_request, reply) => {
  const silentMs = Math.round(Date.now() - counters.get('heartbeatAt'));
  const live = silentMs <= HEARTBEAT_MS_MAX;
  return reply.code(live ? 200 : 503).send({ live, heartbeatAgeMs: silentMs });
});

server.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
  const { mode } = counters;
  return reply.code(mode === 'ready' ? 200 : 503).send({ ready: mode === 'ready', mode });
});

server.get('/status', { schema: { hide: true } }, async (_request, reply) => {
  const tenants = names.map((tenant, index) => {
    const epoch = counters.epochs[index]!;
    return {
      tenant,
      database: data.databases[data.tenants[index]!.database]!.name,
      held: epoch > 0,
      epoch,
      holder: holders[index] ?? null,
      proof: proofOf(counters.proof.of(index)),
      readModel: readModelOf(counters.projection.of(index)),
    };
  });
  return reply.send({ node: data.node, mode: counters.mode, databases: databaseStatus(), tenants });
});

function databaseStatus() {
  return data.databases.map(({ name, tenants }, place) => ({
    database: name,
    mode: counters.lanes.mode(place),
    tenants,
  }));
}

server.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
  return reply.header('content-type', metrics.contentType).send(await metrics.metrics());
});

const tokeniser = new PanTokeniser(data.keys.tokenKey);
const api = await addApi(server, {
  database,
  ledger: new LedgerClient(data.ledger, data.tenants),
  tenants: data.tenants,
  environment: data.environment,
  currencyOf,
  hashOf: (pan) => tokeniser.hash(Buffer.from(pan, 'latin1')),
  cipher: new PanCipher(data.keys),
  sandbox,
  tokenVersion: data.keys.tokenVersion,
  requestsPerMinute: data.requestsPerMinute,
  pollMs: data.pollMs,
  secrets: new SecretCipher(data.keys),
  guard: new AddressGuard(data.networks),
  onFailure,
});

parentPort!.on('message', (told: HttpThreadTold) => {
  if (told.kind === 'holders') holders = told.holders;
  else if (told.kind === 'links') sandbox?.listening(told.ports);
  else if (told.kind === 'databases') {
    for (const { name, url, session } of told.databases) {
      const place = data.databases.findIndex((configured) => configured.name === name);
      if (!database.at(place).open(url, session)) continue;
      void api.opened(place);
    }
  } else void leave();
});

try {
  await server.listen({ host: data.host, port: data.port });
  const { port } = server.server.address() as AddressInfo;
  say({ port });
} catch (error) {
  say({ error: (error as Error).message });
}
