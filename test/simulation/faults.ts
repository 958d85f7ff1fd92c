import type pg from 'pg';
import { askTakeover } from '../../ledger/ask-takeover.js';
import { resetProjection } from '../../ledger/projection/reset.js';
import type { History } from './history.js';
import { SimulatedClient } from './postgres/client.js';
import type { Session } from './postgres/session.js';
import type { Actor, Cancel } from './scheduler.js';
import type { SimulatedSwitch } from './simulated-switch.js';
import { Line } from './wire.js';

/** Statements after whose steps faults are most of interest. */
const AIMED_AT = ['insert-journal', 'take-leases', 'release-leases', 'write-checkpoint', 'commit'];

/** For a process to end by itself. */
const PATIENCE_MS = 2000;

/** What befalls switches, database and network, until it is over. */
export class Faults {
  readonly #history: History;
  readonly #fate: Actor;
  /** How often something happens by itself, and at a step of a statement. */
  readonly #betweenMs: number;
  readonly #aimed: number;
  #over = false;
  /** Ends what lasts: processes that are stopped, slow disks. */
  readonly #endings = new Map<object, () => void>();

  constructor(history: History, fate: Actor) {
    const { random } = history;
    this.#history = history;
    this.#fate = fate;
    this.#betweenMs = random.pick([100, 250, 500, 2000]);
    this.#aimed = random.pick([0, 0.02, 0.1, 0.2]);
  }

  begin(untilMs: number): void {
    const { random } = this.#history;
    for (
      let at = random.delay(50, 2 * this.#betweenMs);
      at < untilMs;
      at += random.delay(1, 2 * this.#betweenMs)
    ) {
      this.#history.later(at, () => this.#strike());
    }
  }

  /** No more faults, and those that last are over. */
  end(): void {
    this.#over = true;
    for (const end of this.#endings.values()) end();
    this.#endings.clear();
    for (const { line } of this.#history.switches) line.cutUntil = 0;
  }

  /** A statement is about to do its next step: something may happen right there. */
  step(session: Session, statement: string, step: string): void {
    const { random } = this.#history;
    if (this.#over || !AIMED_AT.includes(statement) || !random.chance(this.#aimed)) return;
    const who = this.#history.running().find((one) => one.owns(session));
    const what = random.next();
    const at = `${statement} of ${who?.label ?? 'nobody'} before its ${step}`;
    this.#soon(() => {
      if (what < 0.2) this.#crashDatabase(at);
      else if (who === undefined || who.ended) return;
      else if (what < 0.55) this.#breakConnection(who, at, session);
      else if (what < 0.75) this.#kill(who, at);
      else if (what < 0.9) this.#stop(who, at);
      else this.#slowDisk(at);
    });
  }

  #strike(): void {
    const { random } = this.#history;
    if (this.#over) return;
    const who = random.pick(this.#history.running());
    const what = random.next();
    if (what < 0.06) this.#crashDatabase('');
    else if (what < 0.12) this.#slowDisk('');
    else if (what < 0.17) this.#stepClock();
    else if (who === undefined) return;
    else if (what < 0.3) this.#kill(who, '');
    else if (what < 0.45) this.#stop(who, '');
    else if (what < 0.6) this.#breakConnection(who, '');
    else if (what < 0.7) this.#cutLine(who);
    else if (what < 0.8) this.#breakProcessor(who);
    else if (what < 0.87) this.#restart(who);
    else if (what < 0.93) this.#resetProjection();
    else this.#askTakeover();
  }

  /** As the next event: not in the middle of another's. */
  #soon(run: () => void): Cancel {
    return this.#history.scheduler.after(0, this.#fate, run);
  }

  #crashDatabase(at: string): void {
    const { random, postgres } = this.#history;
    if (postgres.upSince === null) return;
    this.#history.say(() => `the database crashes ${at}`);
    postgres.crash();
    this.#history.tally.crashes++;
    this.#history.later(random.delay(5, 800), () => {
      this.#history.say(() => 'the database is back');
      postgres.start();
    });
  }

  #slowDisk(at: string): void {
    const { random, postgres } = this.#history;
    const ms = random.delay(20, 1200);
    this.#history.say(() => `the disk is slow for ${ms.toFixed(0)} ms ${at}`);
    const usual = postgres.pace;
    if (this.#endings.has(postgres)) return;
    postgres.pace = random.chance(0.5)
      ? { ...usual, flushMs: [ms / 2, ms] }
      : { ...usual, workMs: [ms / 2, ms] };
    this.#lasts(postgres, ms, () => {
      postgres.pace = usual;
    });
  }

  #stepClock(): void {
    const { random, postgres } = this.#history;
    const ms = random.pick([-2000, -50, 50, 1000, 61_000, 600_000]);
    this.#history.say(() => `the clock of the database goes ${ms} ms on`);
    postgres.stepClock(ms);
  }

  #kill(who: SimulatedSwitch, at: string): void {
    const { random } = this.#history;
    const how = random.chance(0.8) ? 'reset' : 'vanished';
    this.#history.say(() => `${who.label} is ${how === 'reset' ? 'killed' : 'lost with its machine'} ${at}`);
    this.#history.kill(who, how, random.delay(20, 1500));
    if (random.chance(0.5)) this.#damageSnapshot(who);
  }

  #damageSnapshot({ settings }: SimulatedSwitch): void {
    const damaged = this.#history.diskOf(settings.name).damage();
    if (damaged === null) return;
    this.#history.tally.damaged++;
    this.#history.say(() => `a snapshot of ${settings.name} is damaged: ${damaged}`);
  }

  /** SIGSTOP, and SIGCONT in a while. */
  #stop(who: SimulatedSwitch, at: string): void {
    const { random, scheduler } = this.#history;
    if (who.actor.waiting !== null) return;
    const ms = random.delay(5, 3 * who.settings.leaseTtlMs);
    this.#history.say(() => `${who.label} is stopped for ${ms.toFixed(0)} ms ${at}`);
    scheduler.stop(who.actor);
    this.#lasts(who, ms, () => {
      this.#history.say(() => `${who.label} goes on`);
      scheduler.resume(who.actor);
    });
  }

  #breakConnection(who: SimulatedSwitch, at: string, session?: Session): void {
    const how = this.#history.random.chance(0.8) ? 'reset' : 'vanished';
    this.#history.say(() => `a connection of ${who.label} to the database breaks (${how}) ${at}`);
    who.breakClient(how, session);
  }

  #cutLine(who: SimulatedSwitch): void {
    const { random, scheduler } = this.#history;
    const ms = random.delay(5, 2 * who.settings.leaseTtlMs);
    this.#history.say(() => `${who.label} does not reach the database for ${ms.toFixed(0)} ms`);
    who.line.cutUntil = scheduler.now + ms;
  }

  #breakProcessor(who: SimulatedSwitch): void {
    const { random, processors } = this.#history;
    this.#history.say(() => `a processor's connection to ${who.label} breaks`);
    random.pick(processors).break(who);
  }

  /** Ends as a signal has it end, and is begun again. */
  #restart(who: SimulatedSwitch): void {
    if (!who.serving || who.actor.waiting !== null) return;
    this.#history.say(() => `${who.label} is to end`);
    // Whoever looks after processes does not wait for ever.
    this.#history.later(PATIENCE_MS, () => this.#history.exits(who, 'killed as it does not end'));
    this.#history.scheduler.after(0, who.actor, () => {
      who.stop().then(
        () => this.#history.exits(who, 'as it was told'),
        (error: unknown) => this.#history.exits(who, error),
      );
    });
  }

  /** An operator wants a tenant somewhere else. */
  #askTakeover(): void {
    const { random, tenants } = this.#history;
    const names = this.#history.running().map(({ settings }) => settings.name);
    const [tenant, node] = [random.pick(tenants), random.chance(0.5) ? random.pick(names) : undefined];
    this.#history.say(() => `somebody wants ${tenant} at ${node ?? 'another node'}`);
    this.#operate(`${tenant} is handed over`, (client) => askTakeover(client, tenant, node, 1000));
  }

  /** An operator has the read model of a tenant filled anew. */
  #resetProjection(): void {
    const { random, tenants } = this.#history;
    const tenant = random.whole(0, tenants.length - 1);
    const number = this.#history.numberOf(tenant);
    this.#operate(`the read model of ${tenants[tenant]} is emptied`, (client) =>
      resetProjection(client, number),
    );
  }

  /** Does something over a connection that may break, too. */
  #operate(what: string, work: (client: pg.Client) => Promise<unknown>): void {
    const { random, postgres } = this.#history;
    const line = new Line(random, [0.1, 1]);
    const operate = async () => {
      const client = await SimulatedClient.connect(postgres, this.#fate, line, 'psql', 0);
      client.on('error', () => {});
      await work(client as never);
      await client.end();
    };
    operate().then(
      () => this.#history.say(() => what),
      (error: Error) => {
        this.#history.say(() => `not ${what}: ${error.message}`);
        // Whoever asked is told why not; only a mistake in a program is none of that.
        if (error instanceof TypeError) this.#history.fail('crash', error.stack ?? error.message);
      },
    );
  }

  #lasts(what: object, ms: number, end: () => void): void {
    const once = () => {
      if (this.#endings.get(what) !== once) return;
      this.#endings.delete(what);
      end();
    };
    this.#endings.set(what, once);
    this.#history.later(ms, once);
  }
}
