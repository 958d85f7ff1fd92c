import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Test } from 'tap';
import { connect } from '../../ledger/journal.js';
import { migrate } from '../../ledger/migrate.js';
import { connected, FreshDatabases } from '../ledger/fresh-databases.js';
import { SimulatedClient } from './postgres/client.js';
import { SimulatedPostgres } from './postgres/server.js';
import { Random } from './random.js';
import { Actor, Scheduler } from './scheduler.js';
import { useVirtualTime } from './virtual-time.js';
import { Line } from './wire.js';

/** A database, real or simulated. */
export interface Place {
  connect(session: string): Promise<pg.Client>;
  /** Has another session hold the journal, so that nobody writes; resolves with what lets it go, with all epochs raised. */
  holdJournal(): Promise<(raise?: 'raise') => Promise<void>>;
  /** Resolves when somebody waits for a lock. */
  untilBlocked(): Promise<void>;
  /** Resolves when no session of that name is left. */
  untilGone(session: string): Promise<void>;
  /** Lets all leases lapse. */
  lapse(): Promise<void>;
}

async function real(t: Test, databases: FreshDatabases): Promise<Place> {
  const url = await databases.create();
  const admin = await connected(t, url);
  await migrate(admin);
  const until = async (text: string, values: unknown[] = []) => {
    while ((await admin.query(text, values)).rowCount === 0) await delay(2);
  };
  return {
    connect: async (session) => {
      const client = await connect(url, () => {}, session);
      t.teardown(() => client.end().catch(() => {}));
      return client;
    },
    holdJournal: async () => {
      await admin.query('BEGIN; LOCK TABLE holdfast.journal IN EXCLUSIVE MODE');
      return async (raise) => {
        if (raise) await admin.query('UPDATE holdfast.lease SET epoch = epoch + 1');
        await admin.query('COMMIT');
      };
    },
    untilBlocked: () => until('SELECT FROM pg_locks WHERE NOT granted'),
    untilGone: (session) =>
      until('SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = $1)', [session]),
    lapse: async () => {
      await admin.query('UPDATE holdfast.lease SET expires_at = clock_timestamp()');
    },
  };
}

class Simulated implements Place {
  readonly #scheduler = new Scheduler();
  readonly #server = new SimulatedPostgres(this.#scheduler, new Random(1));
  readonly #actor = new Actor('test');
  readonly #line = new Line(new Random(2), [0.1, 0.3]);

  async connect(session: string): Promise<pg.Client> {
    const client = await SimulatedClient.connect(this.#server, this.#actor, this.#line, session, 0);
    client.on('error', () => {});
    return client as unknown as pg.Client;
  }

  async holdJournal(): Promise<(raise?: 'raise') => Promise<void>> {
    const owner = {};
    this.#server.locks.request('journal', owner, 'exclusive', () => {});
    return async (raise) => {
      for (const row of raise ? this.#server.tables.leases.values() : []) {
        this.#server.tamper({ table: 'lease', row: { ...row, epoch: row.epoch + 1 } });
      }
      this.#server.locks.release(owner);
    };
  }

  async untilBlocked(): Promise<void> {
    while (!this.#server.locks.waited) await delay(1);
  }

  async untilGone(session: string): Promise<void> {
    while ([...this.#server.sessions].some(({ applicationName }) => applicationName === session))
      await delay(1);
  }

  async lapse(): Promise<void> {
    for (const row of this.#server.tables.leases.values()) {
      this.#server.tamper({ table: 'lease', row: { ...row, expiresAt: this.#server.now() } });
    }
  }

  /** Runs a history to its end, in virtual time. */
  async run<T>(history: (place: Place) => Promise<T>): Promise<T> {
    useVirtualTime(this.#scheduler);
    try {
      let outcome: Promise<T> | null = null;
      let over = false;
      this.#scheduler.after(0, this.#actor, () => {
        outcome = history(this);
        const end = () => {
          over = true;
        };
        outcome.then(end, end);
      });
      await this.#scheduler.run(60_000, () => over);
      if (!over) throw new Error('it does not come to an end');
      return await outcome!;
    } finally {
      useVirtualTime(null);
    }
  }
}

/** Runs little histories on a real server and on the simulated one: what comes of them is to be the same. */
export async function bothServers(
  t: Test,
): Promise<(name: string, history: (place: Place) => Promise<unknown>) => void> {
  const databases = await FreshDatabases.start(t);
  return (name, history) => {
    t.test(name, async (t) => {
      const expected = await history(await real(t, databases));
      t.same(await new Simulated().run(history), expected);
    });
  };
}
