import type { Agent, Dispatcher } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { guardedAgent } from './guarded-agent.js';

/** What the switch proves itself by, and whom it trusts. */
export interface Certificates {
  /** For mutual TLS: certificate and key by which the switch proves itself, as PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Authorities besides those of the system, as PEM. */
  readonly authorities?: string | undefined;
}

/** What an endpoint answered; nothing of a body that is longer than it may be. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
}

/** It did not answer as it should. `reason` is fit for its owner's eyes, and short. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

const CONNECT_MS = 3000;
const CONNECTIONS_MAX = 64;
const BODY_BYTES_MAX = 64 * 1024;

/** Posts JSON to tenants' endpoints: over connections that stay open, in bounded time and memory, and to no redirect. */
export class EndpointClient {
  readonly #agent: Agent;

  constructor(guard: AddressGuard, { clientCertificate, authorities }: Certificates = {}) {
    this.#agent = guardedAgent(
      guard,
      {
        timeout: CONNECT_MS,
        ...(clientCertificate ?? {}),
        ...(authorities === undefined ? {} : { ca: authorities }),
      },
      { connections: CONNECTIONS_MAX, maxResponseSize: BODY_BYTES_MAX },
    );
  }

  /**
   * @param deadlineMs for all of it, the body too
   * @throws EndpointError for whatever is not an answer
   */
  async post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    deadlineMs: number,
  ): Promise<EndpointAnswer> {
    const { origin, pathname, search } = new URL(url);
    const signal = AbortSignal.timeout(deadlineMs);
    const request: Dispatcher.RequestOptions = {
      origin,
      path: pathname + search,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'holdfast', ...headers },
      body,
      signal,
    };
    try {
      const answer = await this.#agent.request(request);
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (cause) {
      throw new EndpointError(reasonOf(cause, signal.aborted), { cause });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function reasonOf(cause: unknown, late: boolean): string {
  if (late) return 'timed out';
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}
