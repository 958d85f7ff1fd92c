import { once } from 'node:events';
import net from 'node:net';
import type { Logger } from 'pino';
import type { BatchRing } from './batch-ring.js';
import { Connection } from './connection.js';
import type { Closing, Counters } from './counters.js';
import type { Link } from './link.js';

/** How often connections are looked over for those that got stuck. */
const SWEEP_MS = 1000;
/** Log lines about connections in a second; the metrics count all of them. */
const LINES_MAX = 20;

export interface ListenersSettings {
  readonly links: readonly Link[];
  readonly ring: BatchRing;
  readonly counters: Counters;
  readonly log: Logger;
  readonly writeBacklogBytesMax: number;
  readonly writeBacklogMsMax: number;
}

/** The TCP listeners of all links, and the connections that came in by them. */
export class Listeners {
  readonly #settings: ListenersSettings;
  readonly #servers: net.Server[] = [];
  readonly #connections = new Map<number, Connection>();
  readonly #connectionsOfLink: number[];
  /** Connections that stopped for want of room, in that order. */
  readonly #full: Connection[] = [];
  #nextId = 1;
  #sweeper: NodeJS.Timeout | null = null;
  #lines = 0;

  constructor(settings: ListenersSettings) {
    this.#settings = settings;
    this.#connectionsOfLink = settings.links.map(() => 0);
  }

  /** The connection of that number, if it is still there. */
  connection(id: number): Connection | undefined {
    return this.#connections.get(id);
  }

  /**
   * Listens on every link.
   * @returns the ports, in the order of the links
   * @throws Error of `listen` where one can't be had, with none of the others left listening
   */
  async listen(): Promise<readonly number[]> {
    try {
      for (const [index, { config: link }] of this.#settings.links.entries()) {
        const server = net.createServer({ allowHalfOpen: true }, (socket) =>
          this.#onConnection(socket, index),
        );
        this.#servers.push(server);
        server.listen({ host: link.host, port: link.port, backlog: 1024 });
        await once(server, 'listening');
        // A connection that can't be accepted, for want of file descriptors for one, is no reason to end.
        server.on('error', (err) => this.#warn({ link: link.name, err }, 'a connection was not accepted'));
      }
    } catch (error) {
      for (const server of this.#servers) server.close();
      throw error;
    }
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    return this.#servers.map((server) => (server.address() as net.AddressInfo).port);
  }

  /** Whether frames that were read wait for room. */
  get full(): boolean {
    return this.#full.length > 0;
  }

  /** Lets those that wait for room go on, until there is none again. */
  resume(): void {
    const { ring, counters } = this.#settings;
    for (let left = this.#full.length; left > 0 && ring.hasRoom; left--) this.#full.shift()!.resume();
    counters.set('connectionsPaused', this.#full.length);
  }

  /** No new connections, no new frames; what was read is still answered. */
  stopReading(): void {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections.values()) connection.stopReading();
  }

  /** Ends every connection after its last reply, and waits until all are gone or `graceMs` have passed. */
  async end(graceMs: number): Promise<void> {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    for (const server of this.#servers) server.close();
    const closed = [...this.#connections.values()].map((connection) => {
      connection.end('drain');
      return once(connection.socket, 'close');
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(closed), late]);
    clearTimeout(timer);
    for (const connection of this.#connections.values()) connection.close('drain');
  }

  #onConnection(socket: net.Socket, link: number): void {
    const { links, ring, counters, writeBacklogBytesMax } = this.#settings;
    const { framing, config } = links[link]!;
    const { connectionsMax, frameBytesMax } = config;
    counters.add('connectionsAccepted', 1);
    if (this.#connectionsOfLink[link]! >= connectionsMax) {
      counters.closed('too_many_connections');
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#connectionsOfLink[link]!++;
    const id = this.#nextId++;
    const connection = new Connection(socket, {
      id,
      link,
      framing,
      frameBytesMax,
      backlogBytesMax: writeBacklogBytesMax,
      accept: (...frame) => ring.append(...frame),
      onFull: (full) => {
        this.#full.push(full);
        counters.set('connectionsPaused', this.#full.length);
      },
      onClosing: (closed, reason, error) => this.#onClosing(closed, reason, error),
    });
    this.#connections.set(id, connection);
    counters.set('connectionsOpen', this.#connections.size);
  }

  #onClosing(connection: Connection, reason: Closing, error: Error | null): void {
    const { links, counters } = this.#settings;
    const { name } = links[connection.link]!.config;
    this.#connections.delete(connection.id);
    this.#connectionsOfLink[connection.link]!--;
    counters.closed(reason);
    counters.set('connectionsOpen', this.#connections.size);
    if (reason === 'peer' || reason === 'drain') return;
    const { id, remote } = connection;
    this.#warn({ link: name, connection: id, remote, reason, err: error ?? undefined }, 'connection closed');
  }

  #warn(about: object, text: string): void {
    if (this.#lines++ < LINES_MAX) this.#settings.log.warn(about, text);
  }

  #sweep(): void {
    this.#lines = 0;
    const { links, writeBacklogMsMax } = this.#settings;
    const now = performance.now();
    for (const connection of this.#connections.values()) {
      const { idleFrameMs } = links[connection.link]!.config;
      if (connection.backlogSince !== 0) {
        if (now - connection.backlogSince > writeBacklogMsMax) connection.close('reader_too_slow');
      } else if (connection.partialSince !== 0 && !connection.full) {
        if (now - connection.partialSince > idleFrameMs) connection.close('frame_unfinished');
      }
    }
  }
}
