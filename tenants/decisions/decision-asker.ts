import { randomUUID } from 'node:crypto';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  circuitBreaker,
  handleAll,
  SamplingBreaker,
} from 'cockatiel';
import { type EndpointClient, EndpointError } from '../outbound/endpoint-client.js';
import { signedHeaders } from '../outbound/signature.js';
import { type Verdict, verdictOf } from './decision-answer.js';
import type { DecisionEndpoint } from './decision-endpoints.js';

/** How long an endpoint is left alone that fails, and of how many in which time that is said. */
const HALF_OPEN_MS = 5000;
const SAMPLED_MS = 10_000;
const FAILING = 0.5;
const LEAST_A_SECOND = 1;

/** How a request for a decision ended. */
export type Ending =
  | { readonly verdict: Verdict }
  | { readonly failure: 'timedOut' | 'failed' | 'circuitOpen' };

/** Asks one tenant's endpoint; one that fails again and again is left alone for a while. */
export class DecisionAsker {
  readonly endpoint: DecisionEndpoint;
  readonly #client: EndpointClient;
  readonly #breaker: CircuitBreakerPolicy;

  constructor(endpoint: DecisionEndpoint, client: EndpointClient) {
    this.endpoint = endpoint;
    this.#client = client;
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: HALF_OPEN_MS,
      breaker: new SamplingBreaker({ threshold: FAILING, duration: SAMPLED_MS, minimumRps: LEAST_A_SECOND }),
    });
  }

  /**
   * @param authorization what is to be decided
   * @param amount in minor units of its currency
   * @param deadlineMs until when it is waited for
   */
  async ask(authorization: object, amount: number, deadlineMs: number): Promise<Ending> {
    const { url, secrets } = this.endpoint;
    const id = `dec_${randomUUID().replaceAll('-', '')}`;
    const at = Date.now();
    const body = JSON.stringify({
      id,
      type: 'authorization.decision',
      created: new Date(at).toISOString(),
      deadline_ms: deadlineMs,
      authorization,
    });
    const headers = signedHeaders(secrets, id, at, body);
    try {
      return await this.#breaker.execute(async () => {
        const answer = await this.#client.post(url, body, headers, deadlineMs);
        const verdict = verdictOf(answer.status, answer.body, amount);
        if (verdict === undefined) throw new EndpointError(`answered ${answer.status} with no decision`);
        return { verdict };
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) return { failure: 'circuitOpen' };
      if (!(error instanceof EndpointError)) throw error;
      return { failure: error.reason === 'timed out' ? 'timedOut' : 'failed' };
    }
  }
}
