import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/**
 * Where the connection breaks: before the next bytes from the client go on, after half of them did, or when an
 * INSERT or a COMMIT is done and its answer is on the way back.
 */
export type Cut = 'before' | 'inside' | 'answer' | 'committed';

/** Stands between the ledger and Postgres, and breaks connections at the moments it is given. */
export class CuttingProxy {
  /** The moments to come, in order. */
  readonly cuts: Cut[] = [];
  /** What bytes from a client have to hold for a cut before or inside them; any do by default. */
  within = '';
  readonly #sockets = new Set<Socket>();

  private constructor(readonly url: string) {}

  static async start(t: Test, target: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer((client) => proxy.#join(client, connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new CuttingProxy(url.href);
    t.teardown(async () => {
      proxy.cutAll();
      server.close();
      await once(server, 'close');
    });
    return proxy;
  }

  /** Breaks every connection there is. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, upstream: Socket): void {
    const both = [client, upstream];
    for (const socket of both) {
      this.#sockets.add(socket);
      // A broken connection is what this is for.
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    const cut = (): void => {
      this.cuts.shift();
      for (const socket of both) socket.destroy();
    };
    client.on('data', (bytes) => {
      const meant = bytes.includes(this.within, 0, 'latin1');
      if (meant && this.cuts[0] === 'before') return cut();
      if (!meant || this.cuts[0] !== 'inside') return void upstream.write(bytes);
      // Gone to the server before the connection breaks, so that it holds half a message.
      this.cuts.shift();
      upstream.end(bytes.subarray(0, bytes.length >>> 1));
      client.destroy();
    });
    upstream.on('data', (bytes) => {
      if (this.cuts[0] === 'answer' && bytes.includes('INSERT 0 ')) return cut();
      if (this.cuts[0] === 'committed' && bytes.includes('COMMIT')) return cut();
      client.write(bytes);
    });
  }
}
