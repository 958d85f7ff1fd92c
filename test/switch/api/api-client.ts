import { listDemoKeys } from '../../../switch/demo-cards.js';
import type { TestSwitch } from '../running-switch.js';

/** A response of the API; `body` is its JSON. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its checks what it must be
  readonly body: any;
}

/** Somebody who uses the API of a switch, with one key. */
export class ApiClient {
  readonly #url: string;
  readonly key: string | null;

  constructor({ httpPort }: { readonly httpPort: number }, key: string | null) {
    this.#url = `http://127.0.0.1:${httpPort}`;
    this.key = key;
  }

  /** With the demo key of a tenant, which may do all. */
  static async of(system: TestSwitch, tenant: string): Promise<ApiClient> {
    const [listed] = await listDemoKeys(system.config, tenant);
    return new ApiClient(system.running, listed!.key);
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse> {
    const raw = typeof body === 'string' || body === undefined;
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    // One that goes on without end is not waited for.
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<ApiResponse> {
    return this.request('GET', path, undefined, headers);
  }

  post(
    path: string,
    body: unknown = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse> {
    return this.request('POST', path, body, headers);
  }
}
