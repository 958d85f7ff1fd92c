import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';

/** A webhook that came in. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its checks what it must be
  readonly body: any;
}

/** Whoever is sent webhooks: a real HTTP server that answers as a test says. */
export class Receiver {
  readonly received: Received[] = [];
  /** Requests that were not answered yet, now and at most. */
  open = 0;
  openMax = 0;
  connections = 0;

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  /** @param answer what it does about a request; 200 at once when absent */
  static async start(
    t: Test,
    answer: (received: Received, response: ServerResponse) => void = (_, response) => void response.end(),
  ): Promise<Receiver> {
    const sockets = new Set<Socket>();
    const server = createServer(async (request, response) => {
      receiver.open++;
      receiver.openMax = Math.max(receiver.openMax, receiver.open);
      response.once('close', () => receiver.open--);
      let text = '';
      try {
        for await (const chunk of request.setEncoding('utf8')) text += chunk;
      } catch {
        // The sender gave up: nothing was received.
        return;
      }
      const received = { path: request.url!, headers: request.headers, text, body: JSON.parse(text) };
      receiver.received.push(received);
      answer(received, response);
    });
    server.on('connection', (socket) => {
      receiver.connections++;
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      // Some tests reset them.
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver: Receiver = new Receiver(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
      async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    );
    t.teardown(() => receiver.close());
    return receiver;
  }

  /** Ids of events, as they came. */
  get ids(): readonly string[] {
    return this.received.map(({ headers }) => headers['webhook-id'] as string);
  }
}
