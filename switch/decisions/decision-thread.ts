import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { ASKED } from '../../ledger/command.js';
import { listTenants } from '../../ledger/list-tenants.js';
import { cardName } from '../../tenants/api/object-names.js';
import { DecisionAsker } from '../../tenants/decisions/decision-asker.js';
import { type DecisionEndpoint, listDecisionEndpoints } from '../../tenants/decisions/decision-endpoints.js';
import type { Keys } from '../../tenants/keys.js';
import { AddressGuard } from '../../tenants/outbound/address-guard.js';
import { type Certificates, EndpointClient } from '../../tenants/outbound/endpoint-client.js';
import { SecretCipher } from '../../tenants/outbound/secret-cipher.js';
import { authorizationDocument } from './authorization-document.js';
import type { DecisionAsked, DecisionPolicy, DecisionThreadSaid } from './decision-messages.js';

/** What the thread is started with. */
export interface DecisionThreadData {
  readonly url: string;
  /** `application_name` of its connections. */
  readonly session: string;
  /** Names of its tenants, and their indexes. */
  readonly tenants: readonly string[];
  readonly indexes: readonly number[];
  readonly keys: Keys;
  readonly certificates: Certificates;
  /** Networks that endpoints may be in though they are not public. */
  readonly networks: readonly string[];
}

const CHANNEL = 'holdfast_decision_endpoint';
const RECONNECT_MS = 1000;
/** How often the endpoints are read anew, should a notice have been lost. */
const RELOAD_MS = 30_000;
const LOOKUPS_AT_ONCE = 4;
const LOOKUP_MS = 2000;
/** Cards whose names are remembered. */
const CARDS_MAX = 100_000;

const data = workerData as DecisionThreadData;
const say = (said: DecisionThreadSaid) => parentPort!.postMessage(said);
const failed = (text: string, error: unknown) => say({ kind: 'failed', text, error });
const cipher = new SecretCipher(data.keys);
const client = new EndpointClient(new AddressGuard(data.networks), data.certificates);
const pool = new pg.Pool({
  connectionString: data.url,
  application_name: data.session,
  max: LOOKUPS_AT_ONCE,
  connectionTimeoutMillis: LOOKUP_MS,
  query_timeout: LOOKUP_MS,
});
pool.on('error', (error) => failed('a connection for looking cards up broke', error));

/** By index of the tenant. */
const askers = new Map<number, DecisionAsker>();
/** Names of cards by tenant and token; the first one is forgotten first. */
const cards = new Map<string, string>();
let ending = false;

function policyOf({
  deadlineMs,
  concurrency,
  leastAmount,
  fallbackCode,
  fallbackMost,
}: DecisionEndpoint): DecisionPolicy {
  const most = fallbackMost ?? Number.MAX_SAFE_INTEGER;
  return { deadlineMs, concurrency, leastAmount, fallbackCode, fallbackMost: most };
}

async function reload(watching: pg.Client): Promise<void> {
  const endpoints = await listDecisionEndpoints(watching, cipher);
  const numbers = new Map((await listTenants(watching)).map(({ id, name }) => [name, id]));
  const policies = data.tenants.map((name, place): readonly [number, DecisionPolicy | null] => {
    const index = data.indexes[place]!;
    const endpoint = endpoints.find((one) => one.tenant === numbers.get(name) && one.enabled);
    const known = askers.get(index)?.endpoint;
    if (endpoint === undefined) askers.delete(index);
    // Secrets end without a new version, but what was learnt of the endpoint stands.
    else if (known?.version !== endpoint.version) askers.set(index, new DecisionAsker(endpoint, client));
    return [index, endpoint === undefined ? null : policyOf(endpoint)];
  });
  say({ kind: 'policies', policies });
}

async function watch(): Promise<void> {
  while (!ending) {
    const watching = new pg.Client({ connectionString: data.url, application_name: data.session });
    try {
      let changed: () => void = () => {};
      const broken = new Promise<never>((_, reject) => watching.once('error', reject));
      // Whoever waits hears of it; nobody may be waiting yet.
      broken.catch(() => {});
      watching.on('notification', () => changed());
      await watching.connect();
      await watching.query(`LISTEN ${CHANNEL}`);
      while (!ending) {
        const change = new Promise<void>((resolve) => {
          changed = resolve;
        });
        await reload(watching);
        const timer = new AbortController();
        const pause = delay(RELOAD_MS, undefined, { signal: timer.signal }).catch(() => {});
        await Promise.race([change, pause, broken]).finally(() => timer.abort());
      }
    } catch (error) {
      if (!ending) failed('the endpoints that decide in real time can’t be read', error);
      await delay(RECONNECT_MS);
    } finally {
      // It may be broken already, which was told.
      await watching.end().catch(() => {});
    }
  }
}

/** The name of a card in the API; null where it has none. */
async function nameOf(tenant: number, token: string): Promise<string | null> {
  const key = `${tenant} ${token}`;
  const known = cards.get(key);
  if (known !== undefined) return known;
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM holdfast.card WHERE tenant = $1 AND substr(hash, 1, 16) = $2',
    [tenant, Buffer.from(token, 'hex')],
  );
  if (rows[0] === undefined) return null;
  const name = cardName(rows[0].id);
  if (cards.size >= CARDS_MAX) cards.delete(cards.keys().next().value!);
  cards.set(key, name);
  return name;
}

async function ask({ slot, generation, tenant, deadlineMs, message }: DecisionAsked): Promise<void> {
  const place = { slot, generation };
  const asker = askers.get(tenant);
  const until = performance.now() + deadlineMs;
  let asked: number = ASKED.failed;
  let [verdict, verdictAmount] = [0, 0];
  if (asker !== undefined) {
    const card = await nameOf(asker.endpoint.tenant, message.token);
    const left = Math.max(1, Math.floor(until - performance.now()));
    const ended = await asker.ask(authorizationDocument(card, message), message.amount, left);
    if ('verdict' in ended) {
      asked = ASKED.answered;
      verdict = ended.verdict.responseCode;
      verdictAmount = ended.verdict.amount;
    } else asked = ASKED[ended.failure];
  }
  say({ kind: 'told', told: { ...place, asked, verdict, verdictAmount } });
}

parentPort!.on('message', (message: readonly DecisionAsked[] | 'stop') => {
  if (message === 'stop') {
    ending = true;
    void Promise.allSettled([client.close(), pool.end()]).then(() => process.exit(0));
    return;
  }
  for (const asked of message) {
    ask(asked).catch((error: unknown) => {
      failed('a tenant could not be asked', error);
      const { slot, generation } = asked;
      say({ kind: 'told', told: { slot, generation, asked: ASKED.failed, verdict: 0, verdictAmount: 0 } });
    });
  }
});

await watch();
