import type { Agent } from 'undici';
import type { AddressGuard } from '../outbound/address-guard.js';
import { guardedAgent } from '../outbound/guarded-agent.js';

/** Of a response: nothing of it is of interest but its status. */
const BODY_BYTES_MAX = 16 * 1024;
/** However long the receiver would keep a connection. */
const KEEP_ALIVE_MS_MAX = 30_000;
const CONNECT_MS_MAX = 5000;

/** What came of an attempt: `status` of the response, or `error` in words that may be shown to the tenant. */
export interface Sent {
  readonly status: number | null;
  readonly error: string | null;
  /** Seconds after which the receiver wants to be asked again; null where it does not say. */
  readonly retryAfter: number | null;
}

export interface SenderSettings {
  readonly guard: AddressGuard;
  /** Time that an attempt may take, connecting and the whole response included. */
  readonly timeoutMs: number;
}

/** Sends webhooks over kept-alive connections; redirects are not followed. */
export class Sender {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  readonly #attempts = new Set<AbortController>();

  constructor({ guard, timeoutMs }: SenderSettings) {
    this.#timeoutMs = timeoutMs;
    const connecting = { timeout: Math.min(timeoutMs, CONNECT_MS_MAX) };
    this.#agent = guardedAgent(guard, connecting, { keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX });
  }

  /** Never rejects: what went wrong is in the result. */
  async send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Sent> {
    const attempt = new AbortController();
    this.#attempts.add(attempt);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      attempt.abort();
    }, this.#timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const response = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Holdfast-Webhooks/1', ...headers },
        body,
        signal: attempt.signal,
      });
      const { statusCode: status, headers: responded } = response;
      // How its body goes on decides nothing; only after a short one can the connection be used again.
      await response.body.dump({ limit: BODY_BYTES_MAX }).catch(() => {});
      return { status, error: null, retryAfter: secondsOf(responded['retry-after']) };
    } catch (error) {
      return { status: null, error: late ? 'timeout' : wordsOf(error), retryAfter: null };
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }

  /** Gives up what is under way. */
  abort(): void {
    for (const attempt of this.#attempts) attempt.abort();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Retry-After in seconds (RFC 9110 clause 10.2.3); a date is not considered. */
function secondsOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^[0-9]{1,9}$/.test(header) ? Number(header) : null;
}

const WORDS: Readonly<Record<string, string>> = {
  HF_ADDRESS_REFUSED: 'address refused',
  ENOTFOUND: 'the name can’t be found',
  EAI_AGAIN: 'the name can’t be found',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection reset',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'the response is no HTTP',
};

/** What may be told of an error: nothing that tells of our network. */
function wordsOf(error: unknown): string {
  const { code = '', cause } = error as { code?: string; cause?: { code?: string } };
  if (code.startsWith('HPE_')) return 'the response is no HTTP';
  const known = WORDS[code] ?? WORDS[cause?.code ?? ''];
  if (known !== undefined) return known;
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code) ? 'TLS failed' : 'failed';
}
