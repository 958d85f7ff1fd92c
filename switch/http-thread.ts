import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import fastify from 'fastify';
import type { Holder } from '../ledger/node-settings.js';
import { Counters } from './counters.js';
import { metricsOf } from './metrics.js';
import { readModelOf } from './projection-metrics.js';
import { proofOf } from './proof-metrics.js';

/** What the HTTP thread is started with. */
export interface HttpThreadData {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly counters: SharedArrayBuffer;
  readonly tenants: readonly string[];
  /** Name of this node. */
  readonly node: string;
}

/** What it is told, each time that it changes: who holds each tenant, by index. */
export type HttpThreadTold = readonly (Holder | null)[];

/** What it says once: where it listens, or why it can't. */
export type HttpThreadStarted = { readonly port: number } | { readonly error: string };

/** The hot thread beats every 100 ms; after that long without, it is taken for dead. */
const HEARTBEAT_MS_MAX = 5000;

const data = workerData as HttpThreadData;
const counters = new Counters(data.tenants.length, data.counters);
let holders: HttpThreadTold = [];
parentPort!.on('message', (told: HttpThreadTold) => {
  holders = told;
});
const metrics = metricsOf(counters, data.tenants, () => holders);
const server = fastify();

server.get('/health/live', async (_request, reply) => {
  const silentMs = Math.round(Date.now() - counters.get('heartbeatAt'));
  const live = silentMs <= HEARTBEAT_MS_MAX;
  return reply.code(live ? 200 : 503).send({ live, heartbeatAgeMs: silentMs });
});

server.get('/health/ready', async (_request, reply) => {
  const { mode } = counters;
  return reply.code(mode === 'ready' ? 200 : 503).send({ ready: mode === 'ready', mode });
});

server.get('/status', async (_request, reply) => {
  const tenants = data.tenants.map((tenant, index) => {
    const epoch = counters.epochs[index]!;
    return {
      tenant,
      held: epoch > 0,
      epoch,
      holder: holders[index] ?? null,
      proof: proofOf(counters.proof.of(index)),
      readModel: readModelOf(counters.projection.of(index)),
    };
  });
  return reply.send({ node: data.node, mode: counters.mode, tenants });
});

server.get('/metrics', async (_request, reply) => {
  return reply.header('content-type', metrics.contentType).send(await metrics.metrics());
});

try {
  await server.listen({ host: data.host, port: data.port });
  const { port } = server.server.address() as AddressInfo;
  parentPort!.postMessage({ port } satisfies HttpThreadStarted);
} catch (error) {
  parentPort!.postMessage({ error: (error as Error).message } satisfies HttpThreadStarted);
}
