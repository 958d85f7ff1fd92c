import type { Command } from 'commander';

/** How a command reaches the API of a switch that runs. */
export interface ApiFlags {
  readonly url: string;
  readonly key?: string;
}

/** What the API answered. */
export interface ApiAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly etag: string | null;
}

/** The API can't be used: there is no key, it does not answer, or it refuses, which its problem document tells. */
export class SwitchApiError extends Error {
  override readonly name = 'SwitchApiError';
}

const KEY_VARIABLE = 'HOLDFAST_API_KEY';
const ANSWER_MS = 30_000;

export function apiOptions(command: Command): Command {
  return command
    .option('--url <url>', 'HTTP port of the switch', 'http://127.0.0.1:8580')
    .option('--key <key>', `API key (default: the environment’s ${KEY_VARIABLE})`);
}

/** The HTTP API of a switch, with one key. */
export class SwitchApi {
  readonly #url: string;
  readonly #key: string;

  /** @throws SwitchApiError where there is no key */
  constructor({ url, key = process.env[KEY_VARIABLE] }: ApiFlags) {
    if (key === undefined || key === '') {
      throw new SwitchApiError(`an API key is needed: --key, or ${KEY_VARIABLE} in the environment`);
    }
    this.#url = url.replace(/\/+$/, '');
    this.#key = key;
  }

  /** @throws SwitchApiError for whatever is no success */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      text = await response.text();
    } catch (cause) {
      const { message, cause: deeper } = cause as Error;
      const why = deeper instanceof Error && deeper.message !== '' ? deeper.message : message;
      throw new SwitchApiError(`${this.#url} does not answer: ${why}`, { cause });
    }
    if (!response.ok) throw new SwitchApiError(problemText(response.status, text));
    return { body: JSON.parse(text), etag: response.headers.get('etag') };
  }
}

/** What a problem document (RFC 9457) says, a line for each field. */
function problemText(status: number, text: string): string {
  let problem: {
    readonly code?: string;
    readonly title?: string;
    readonly errors?: readonly { readonly pointer?: string; readonly text?: string }[];
  };
  try {
    problem = JSON.parse(text);
  } catch {
    // It is no switch that answers there, or something in between.
    return `HTTP ${status}, and no problem document`;
  }
  const { code = `HTTP ${status}`, title = '', errors = [] } = problem;
  const lines = errors.map(
    ({ pointer = '', text: what = '' }) => `${pointer === '' ? '' : `${pointer}: `}${what}`,
  );
  return [`${code} ${title}`, ...lines].join('\n');
}
