import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type pg from 'pg';
import type { CopyStreamQuery, CopyToStreamQuery } from 'pg-copy-streams';
import type { Actor, Cancel } from '../scheduler.js';
import { type Line, Wire } from '../wire.js';
import { copyOf } from './copy.js';
import type { SimulatedPostgres } from './server.js';
import type { Client, Session } from './session.js';
import type { Request, Result } from './statements.js';

/** As `journal.ts` gives up a connection that is not made. */
const CONNECT_MS = 10_000;
/** The server's keepalive, as the ledger sets it, notices a machine that vanished; sooner here, as all is quicker. */
const KEEPALIVE_MS = 3000;
/** A client gives up sending in a quarter of an hour (Linux: `tcp_retries2`). */
const RETRANSMIT_MS = 900_000;

interface Query {
  readonly request: Request;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Its statement is not declared, but there. */
type Copy = (CopyToStreamQuery | CopyStreamQuery) & { readonly text: string };

/** How a connection can end before its time. */
export type Break = 'reset' | 'vanished';

/**
 * A client of the simulated server, as the ledger sees one of node-postgres: queries one after the other, each with an
 * answer or an error, `error` when the connection breaks, `notification`, `end`.
 */
export class SimulatedClient extends EventEmitter {
  readonly #server: SimulatedPostgres;
  readonly #actor: Actor;
  readonly #line: Line;
  readonly #queryTimeoutMs: number;
  #toServer: Wire;
  #toClient: Wire;
  #session: Session | null = null;
  readonly #queue: Query[] = [];
  #active: Query | null = null;
  /** An error broke it. */
  #broken = false;
  /** It was asked to end. */
  #ending = false;
  #ended = false;

  private constructor(server: SimulatedPostgres, actor: Actor, line: Line, queryTimeoutMs: number) {
    super();
    this.#server = server;
    this.#actor = actor;
    this.#line = line;
    this.#queryTimeoutMs = queryTimeoutMs;
    const { scheduler } = server;
    // The server's end is the session's: a session that is gone hears nothing, whoever runs then.
    this.#toServer = new Wire(scheduler, line, server.actor);
    this.#toClient = new Wire(scheduler, line, actor);
  }

  /**
   * Connects as an actor.
   * @throws Error when the server is down, or can't be reached in time
   */
  static connect(
    server: SimulatedPostgres,
    actor: Actor,
    line: Line,
    applicationName: string,
    queryTimeoutMs: number,
  ): Promise<SimulatedClient> {
    const client = new SimulatedClient(server, actor, line, queryTimeoutMs);
    return client.#connect(applicationName);
  }

  /** No process waits for a socket here. */
  unref(): void {}

  /** Whether that session of the server's is its other end. */
  isOf(session: object): boolean {
    return this.#session === session;
  }

  /** A copy is a stream, which gets what the copy gives. */
  query(
    asked: string | pg.QueryConfig | Copy,
    values: readonly unknown[] = [],
  ): Promise<unknown> | CopyToStreamQuery | Writable {
    if (typeof asked === 'string') return this.#ask({ text: asked, values }, this.#queryTimeoutMs);
    if (!('submit' in asked)) {
      return this.#ask({ text: asked.text, values: asked.values ?? values }, this.#queryTimeoutMs);
    }
    if (asked instanceof Writable) return this.#copyIn(asked.text);
    this.#ask({ text: asked.text, values }, 0).then(
      (result) => {
        asked.push(copyOf((result as Result).rows));
        asked.push(null);
      },
      (error: Error) => asked.destroy(error),
    );
    return asked;
  }

  /** What is written is sent in one piece. */
  #copyIn(text: string): Writable {
    const parts: Buffer[] = [];
    return new Writable({
      write: (part: Buffer, _encoding, done) => {
        parts.push(part);
        done();
      },
      final: (done) => {
        const request = { text, values: [Buffer.concat(parts)] };
        this.#ask(request, this.#queryTimeoutMs).then(() => done(), done);
      },
    });
  }

  #ask(request: Request, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken)
        return reject(new Error('Client has encountered a connection error and is not queryable'));
      if (this.#ending) return reject(new Error('Client was closed and is not queryable'));
      const query = { request, resolve, reject };
      this.#queue.push(query);
      if (timeoutMs > 0) this.#limit(query, timeoutMs);
      this.#next();
    });
  }

  end(): Promise<void> {
    this.#ending = true;
    if (this.#ended) return Promise.resolve();
    const ended = new Promise<void>((resolve) => {
      this.once('end', resolve);
    });
    // With a query under way the socket is torn down; the server notices when it answers.
    if (this.#active !== null || this.#broken) {
      this.#server.scheduler.after(0, this.#server.actor, () => this.#session?.abandon());
      this.#end(new Error('Connection terminated'));
    } else this.#toServer.send(() => this.#session?.goodbye());
    return ended;
  }

  /** Breaks the connection: noticed by both sides at once, or by the client in a while and the server even later. */
  break(how: Break): void {
    if (this.#ended) return;
    const { scheduler } = this.#server;
    this.#cut();
    if (how === 'reset') {
      scheduler.after(0, this.#actor, () => this.#lose(new Error('read ECONNRESET')));
      scheduler.after(0, this.#server.actor, () => this.#session?.abandon());
      return;
    }
    scheduler.after(RETRANSMIT_MS, this.#actor, () => this.#lose(new Error('read ETIMEDOUT')));
    scheduler.after(KEEPALIVE_MS, this.#server.actor, () => this.#session?.abandon());
  }

  /** The process is gone: its system resets its connections, or they hang until the server gives them up. */
  die(how: Break): void {
    this.#cut();
    const ms = how === 'reset' ? 0 : KEEPALIVE_MS;
    this.#server.scheduler.after(ms, this.#server.actor, () => this.#session?.abandon());
  }

  #connect(applicationName: string): Promise<SimulatedClient> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const cancel = server.scheduler.after(CONNECT_MS, this.#actor, () => {
        this.#cut();
        reject(new Error('timeout expired'));
      });
      const answer = (arrive: () => void) =>
        this.#toClient.send(() => {
          cancel();
          arrive();
        });
      // Whoever is at the other end when it gets there: a server that is down refuses by its machine.
      const knock = new Wire(server.scheduler, this.#line, this.#actor);
      knock.send(() => {
        const session = server.open(applicationName);
        if (session instanceof Error) return answer(() => reject(session));
        this.#toServer = new Wire(server.scheduler, this.#line, server.actor);
        this.#session = session;
        session.client = this.#clientOf();
        answer(() => resolve(this));
      });
    });
  }

  #clientOf(): Client {
    return {
      answer: (results) => this.#toClient.send(() => this.#answered(results)),
      notification: (channel) => this.#toClient.send(() => this.emit('notification', { channel })),
      ended: (error) =>
        this.#toClient.send(() => (error === null && this.#ending ? this.#end(null) : this.#lose(error))),
    };
  }

  #next(): void {
    if (this.#active !== null) return;
    const query = this.#queue.shift();
    if (query === undefined) return;
    this.#active = query;
    this.#toServer.send(() => this.#session?.take(query.request));
  }

  #answered(results: readonly Result[] | Error): void {
    const query = this.#active;
    this.#active = null;
    if (query === null) {
      // A server that says goodbye to a client that asked nothing.
      if (results instanceof Error) this.#fail(results);
      return;
    }
    if (results instanceof Error) query.reject(results);
    else query.resolve(results.length === 1 ? results[0] : results);
    this.#next();
  }

  /** The client gives an answer up; whatever is asked next waits behind the statement all the same. */
  #limit(query: Query, timeoutMs: number): void {
    const cancel: Cancel = this.#server.scheduler.after(timeoutMs, this.#actor, () => {
      const at = this.#queue.indexOf(query);
      if (at >= 0) this.#queue.splice(at, 1);
      query.reject(new Error('Query read timeout'));
    });
    const { resolve, reject } = query;
    query.resolve = (result) => {
      cancel();
      resolve(result);
    };
    query.reject = (error) => {
      cancel();
      reject(error);
    };
  }

  /** The connection is gone, and nobody here wanted that. */
  #lose(error: Error | null): void {
    if (this.#ended) return;
    if (error !== null) this.#fail(error);
    if (!this.#ending) this.#fail(new Error('Connection terminated unexpectedly'));
    this.#end(new Error('Connection terminated'));
  }

  #fail(error: Error): void {
    this.#broken = true;
    this.#rejectAll(error);
    this.emit('error', error);
  }

  #end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cut();
    if (error !== null) this.#rejectAll(error);
    this.emit('end');
  }

  #rejectAll(error: Error): void {
    const queries = [this.#active, ...this.#queue.splice(0)];
    this.#active = null;
    for (const query of queries) query?.reject(error);
  }

  #cut(): void {
    this.#toServer.cut();
    this.#toClient.cut();
  }
}
