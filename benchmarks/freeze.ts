import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cleanup } from './cleanup.js';
import { Driver } from './driver.js';
import { writeGenerousTenants } from './generous-tenants.js';
import { describeMachine } from './machine.js';
import { type ProbeCard, ProbeLink } from './probe-link.js';
import { SwitchProcess } from './switch-process.js';
import { temporaryDirectory } from './temporary-directory.js';

/**
 * `npm run bench:freeze`: how long after `POST /v1/cards/{id}/freeze` a card that pays all the time is declined, at a quiet
 * switch and beside 5,000 messages a second.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROUNDS = 300;
const CARDS_PER_TENANT = 2000;
const READY_MS = 120_000;
const BESIDE = { rate: 5000, seconds: 25, warmupSeconds: 3 };
const TENANT = 'lydia';
const FROZEN = '62';
/** Of a payment that is sent when the freeze is answered: the ledger has decided by then. */
const TARGET_MS = 5;

const cleanup = new Cleanup();
const undo = () => cleanup.run((name, error) => print(`could not clean up ${name}: ${String(error)}`));
process.once('SIGINT', async () => {
  await undo();
  process.exit(130);
});
try {
  await bench();
} finally {
  await undo();
}

async function bench(): Promise<void> {
  const { cpu, cores, node, commit } = describeMachine(ROOT, 'npm run bench:freeze');
  print(`${cpu}, ${cores} cores, Node ${node}, ${commit}`);
  const directory = await temporaryDirectory(cleanup);
  const tenantsDirectory = path.join(directory, 'tenants');
  await writeGenerousTenants(path.join(ROOT, 'tenants', 'personas'), tenantsDirectory);
  const target = await SwitchProcess.start(
    {
      directory,
      tenantsDirectory,
      cardsPerTenant: CARDS_PER_TENANT,
      readyMs: READY_MS,
      config: { http: { requestsPerMinute: 1_000_000 } },
    },
    (stop) => cleanup.add('the switch', stop),
  );
  const probe = await Probe.make(target);
  cleanup.add('the probe', async () => probe.close());
  await probe.rounds(ROUNDS / 10);
  report('quiet', await probe.rounds(ROUNDS));
  const { rate, ...measure } = BESIDE;
  const load = new Driver(target, measure).drive(rate);
  let [done, rounds] = [false, [] as Round[]];
  const ended = load.finally(() => {
    done = true;
  });
  // What was measured before the load had its rate, or behind it, is left out.
  await new Promise((resolve) => setTimeout(resolve, 1000 * BESIDE.warmupSeconds));
  while (!done && rounds.length < ROUNDS) rounds = [...rounds, ...(await probe.rounds(10))];
  if (done) print(`the load ended after ${rounds.length} rounds`);
  report(`beside ${rate} a second`, rounds);
  await ended;
}

/** Milliseconds of one freeze. */
interface Round {
  /** From the request to the first decline of a card that pays again and again. */
  readonly inForce: number;
  /** From the request to its answer. */
  readonly answered: number;
  /** From the answer to the decline of a payment that is sent then. */
  readonly next: number;
}

type Post = (where: string, body?: object) => Promise<{ readonly id: string }>;

/** A card of its own, and who freezes it. */
class Probe {
  readonly #link: ProbeLink;
  readonly #card: ProbeCard;
  readonly #post: Post;
  readonly #id: string;

  private constructor(link: ProbeLink, card: ProbeCard, id: string, post: Post) {
    this.#link = link;
    this.#card = card;
    this.#id = id;
    this.#post = post;
  }

  static async make(target: SwitchProcess): Promise<Probe> {
    const url = `http://127.0.0.1:${target.httpPort}/v1`;
    const authorization = `Bearer ${await target.keyOf(TENANT)}`;
    const ask = async (method: string, where: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = {
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const response = await fetch(`${url}${where}`, { method, headers, ...sent });
      if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
      return (await response.json()) as { readonly id: string; readonly pan: string };
    };
    const post = (where: string, body?: object) => ask('POST', where, body);
    const { id: account } = await post('/accounts', { currency: 'EUR', overdraft: 1_000_000_000 });
    const { id } = await post('/cards', { account, exp_month: 12, exp_year: 2040, channels: ['pos'] });
    const { pan } = await ask('GET', `/cards/${id}/pan`);
    const link = await ProbeLink.connect(target.port);
    return new Probe(link, { pan, expiry: '4012', currency: '978' }, id, post);
  }

  close(): void {
    this.#link.close();
  }

  async rounds(count: number): Promise<Round[]> {
    const rounds: Round[] = [];
    for (let round = 0; round < count; round++) rounds.push(await this.#round());
    return rounds;
  }

  async #round(): Promise<Round> {
    await this.#expect('00');
    const begun = performance.now();
    const answer = this.#post(`/cards/${this.#id}/freeze`).then(() => performance.now());
    while ((await this.#link.pay(this.#card)) !== FROZEN);
    const declined = performance.now();
    const answered = await answer;
    const sent = performance.now();
    await this.#expect(FROZEN);
    const next = performance.now() - sent;
    await this.#post(`/cards/${this.#id}/unfreeze`);
    return { inForce: declined - begun, answered: answered - begun, next };
  }

  async #expect(code: string): Promise<void> {
    const told = await this.#link.pay(this.#card);
    if (told !== code) throw new Error(`the card was answered ${told}, not ${code}`);
  }
}

function report(what: string, rounds: readonly Round[]): void {
  print(`\n${what}, ${rounds.length} rounds${' '.repeat(20)}p50 ms  p99 ms  max ms`);
  const line = (name: string, of: keyof Round) => {
    const sorted = rounds.map((round) => round[of]).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const figures = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(2).padStart(8));
    print(`  ${name.padEnd(48)}${figures.join('')}`);
    return at(0.99);
  };
  line('request → first decline, paying all the time', 'inForce');
  line('request → its answer', 'answered');
  const p99 = line('answer → decline of a payment sent then', 'next');
  print(
    `  ${p99 < TARGET_MS ? 'met' : 'NOT MET'}: p99 of a payment that is sent behind the answer under ${TARGET_MS} ms`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
