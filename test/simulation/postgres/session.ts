import type { Cancel } from '../scheduler.js';
import type { LockMode } from './locks.js';
import type { ReadRow } from './read-model.js';
import { refusal, type SimulatedPostgres } from './server.js';
import { type Request, type Result, recognise } from './statements.js';
import type { Change } from './tables.js';

/** Statements that end a transaction, also one that failed. */
const ENDS = ['commit', 'rollback'];

/** What goes from a session to its client. */
export interface Client {
  answer(results: readonly Result[] | Error): void;
  notification(channel: string): void;
  /** The connection ends; with an error where the server does not say goodbye. */
  ended(error: Error | null): void;
}

/** A backend of the server: one statement after the other, each a transaction of its own. */
export class Session {
  readonly server: SimulatedPostgres;
  readonly pid: number;
  readonly applicationName: string;
  readonly listening = new Set<string>();
  synchronousCommit = true;
  client: Client | null = null;
  /** A transaction of several statements; null where each is one of its own. */
  open: Transaction | null = null;
  /** Rows of the session's own tables, which a transaction empties in the end. */
  readonly staged = new Map<string, readonly ReadRow[]>();
  /** What a cursor still has. */
  cursor: object[] = [];
  readonly #queue: Request[] = [];
  #busy = false;
  /** Its client is gone; it ends when it has done what it does. */
  #abandoned = false;
  #ended = false;
  /** Ends what it waits for, where that can be ended. */
  #interrupt: ((error: Error) => void) | null = null;
  #terminated = false;

  constructor(server: SimulatedPostgres, pid: number, applicationName: string) {
    this.server = server;
    this.pid = pid;
    this.applicationName = applicationName;
  }

  take(request: Request): void {
    if (this.#ended) return;
    this.#queue.push(request);
    if (!this.#busy) void this.#work();
  }

  /** The client says goodbye, and waits for ours. */
  goodbye(): void {
    this.#abandoned = true;
    if (!this.#busy) this.#end();
  }

  /** The client is gone. */
  abandon(): void {
    this.client = null;
    this.goodbye();
  }

  /** `pg_terminate_backend`: what is not about to be durable is undone. */
  terminate(): void {
    this.#terminated = true;
    const error = refusal('57P01', 'terminating connection due to administrator command');
    if (this.#interrupt !== null) this.#interrupt(error);
    else if (!this.#busy) {
      this.client?.answer(error);
      this.#end();
    }
  }

  /** The server is gone. */
  lose(error: Error): void {
    this.#ended = true;
    this.client?.ended(error);
    this.client = null;
  }

  tell(channel: string): void {
    this.client?.notification(channel);
  }

  /** Waits; `critical` while it can't be ended any more. */
  sleep(ms: number, critical = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.server.scheduler.after(ms, this.server.actor, () => {
        this.#interrupt = null;
        resolve();
      });
      if (!critical) this.#interruptible(reject, cancel);
    });
  }

  /** @throws pg.DatabaseError 55P03 when it takes longer than `timeoutMs` */
  lock(owner: object, name: string, mode: LockMode, timeoutMs: number): Promise<void> {
    const { scheduler, locks, actor } = this.server;
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const granted = () => {
        cancel();
        this.#interrupt = null;
        resolve();
      };
      if (locks.request(name, owner, mode, granted)) return resolve();
      if (timeoutMs > 0) {
        cancel = scheduler.after(timeoutMs, actor, () => {
          this.#interrupt = null;
          reject(refusal('55P03', 'canceling statement due to lock timeout'));
        });
      }
      this.#interruptible(reject, () => cancel());
    });
  }

  #interruptible(reject: (error: Error) => void, cancel: Cancel): void {
    this.#interrupt = (error) => {
      this.#interrupt = null;
      cancel();
      reject(error);
    };
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      const results = await this.#execute(request);
      if (this.#ended) return;
      this.client?.answer(results);
      if (this.#terminated) return this.#end();
    }
    this.#busy = false;
    if (this.#abandoned) this.#end();
  }

  async #execute(request: Request): Promise<readonly Result[] | Error> {
    const { server } = this;
    const statement = recognise(request);
    const transaction = this.open ?? new Transaction(this);
    try {
      if (transaction.failed && !ENDS.includes(statement.name))
        throw refusal('25P02', 'current transaction is aborted, commands ignored until end of block');
      const results = await statement.run(transaction, request);
      if (this.open === transaction) return results;
      if (transaction.changes.length > 0) await server.commit(transaction, statement.name);
      for (const channel of transaction.notices) server.notify(channel);
      return results;
    } catch (error) {
      // As a server does: the client is told, the transaction was never there.
      transaction.failed = true;
      if (error instanceof Error && 'code' in error) return error;
      throw error;
    } finally {
      if (this.open !== transaction) {
        server.locks.release(transaction);
        this.staged.clear();
      }
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.server.sessions.delete(this);
    // What was not committed was never there.
    if (this.open !== null) this.server.locks.release(this.open);
    this.server.locks.release(this);
    this.client?.ended(null);
    this.client = null;
  }
}

/** What a statement does until it commits. */
export class Transaction {
  readonly changes: Change[] = [];
  /** Channels that are told when it has committed. */
  readonly notices = new Set<string>();
  lockTimeoutMs = 0;
  /** A statement of it was refused: nothing of it will be. */
  failed = false;
  synchronousCommit: boolean;
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
    this.synchronousCommit = session.synchronousCommit;
  }

  get server(): SimulatedPostgres {
    return this.session.server;
  }

  async lock(name: string, mode: LockMode): Promise<void> {
    await this.session.lock(this, name, mode, this.lockTimeoutMs);
  }

  /** The time that a statement which writes takes between its snapshot and its commit. */
  async work(statement: string): Promise<void> {
    const { server, session } = this;
    server.watch.step(session, statement, 'work');
    await session.sleep(server.random.delay(...server.pace.workMs));
  }

  change(change: Change): void {
    this.changes.push(change);
  }
}
