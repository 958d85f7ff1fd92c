import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** A request for a decision, as an endpoint gets it. */
export interface Requested {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly document: {
    readonly id: string;
    readonly type: string;
    readonly deadline_ms: number;
    readonly authorization: Record<string, unknown> & { readonly merchant: Record<string, unknown> };
  };
}

/** What it does with one. */
export type Behaviour = (response: ServerResponse, requested: Requested) => void;

export const answers =
  (answer: object, status = 200): Behaviour =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

/** A tenant's endpoint, on a port of its own. */
export class DecisionEndpointServer {
  readonly requests: Requested[] = [];
  behaviour: Behaviour = answers({ decision: 'approve' });
  origin = '';

  static async start(t: Test): Promise<DecisionEndpointServer> {
    const endpoint = new DecisionEndpointServer();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const requested = { path: request.url!, headers: request.headers, body, document: JSON.parse(body) };
        endpoint.requests.push(requested);
        endpoint.behaviour(response, requested);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
    });
    return endpoint;
  }
}
