import { type ProbeCard, ProbeLink } from './probe-link.js';
import type { SwitchProcess } from './switch-process.js';

const FROZEN = '62';

/** Milliseconds of one freeze. */
export interface Round {
  /** From the request to the first decline of a card that pays again and again. */
  readonly inForce: number;
  /** From the request to its answer. */
  readonly answered: number;
  /** From the answer to the decline of a payment that is sent then. */
  readonly next: number;
}

type Post = (where: string, body?: object) => Promise<{ readonly id: string }>;

/** A card of its own, and who freezes it. */
export class FreezeProbe {
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

  static async make(target: SwitchProcess, tenant: string): Promise<FreezeProbe> {
    const url = `http://127.0.0.1:${target.httpPort}/v1`;
    const authorization = `Bearer ${await target.keyOf(tenant)}`;
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
    return new FreezeProbe(link, { pan, expiry: '4012', currency: '978' }, id, post);
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
