import { RESPONSE } from '../../ledger/command.js';
import type { ProofSchedule } from '../../ledger/tenant-prover.js';
import { KIND } from '../../parsers/batch.js';
import { SimulatedDisk } from './disk.js';
import type { Exchange } from './exchange.js';
import { Faults } from './faults.js';
import { finalChecks } from './final-checks.js';
import { type Check, Judge } from './judge.js';
import type { Message, Reply } from './message.js';
import { Payment } from './payment.js';
import { SimulatedPostgres } from './postgres/server.js';
import { Processor } from './processor.js';
import { Random } from './random.js';
import { Actor, Scheduler } from './scheduler.js';
import { SimulatedSwitch, type SwitchSettings } from './simulated-switch.js';
import { newTally, type Tally } from './tally.js';
import { useVirtualTime } from './virtual-time.js';

/** For how long faults and payments go on, in ms. */
const ACTIVE_MS = 2500;
/** Within which all must be well again after the last fault: some connections that are given up, one after the other. */
const HEAL_MS = 40_000;
/** For what was answered late, as copies that nobody waits for. */
const CALM_MS = 400;

export interface Violation {
  readonly check: Check;
  readonly text: string;
  /** When, in ms since the beginning. */
  readonly atMs: number;
}

export interface Outcome {
  readonly seed: number;
  /** Null when all was as it must be. */
  readonly violation: Violation | null;
  readonly tally: Tally;
  readonly trace: readonly string[];
}

/**
 * One history of a bank: its switches, their database, the processors and whatever befalls them, all by one seed. The
 * same seed gives the same history.
 */
export class History {
  readonly seed: number;
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly postgres: SimulatedPostgres;
  readonly tenants: readonly string[];
  /** Every life of every switch. */
  readonly switches: SimulatedSwitch[] = [];
  readonly processors: readonly Processor[];
  /** By id; none has 0. */
  readonly messages: Message[] = [null as unknown as Message];
  readonly exchanges = new Map<number, Exchange>();
  readonly judge: Judge;
  readonly tally = newTally();
  readonly windowHours = 1;
  /** What payments are still to do. */
  pending = 0;
  /** Hears of everything that nobody else does. */
  readonly #fate = new Actor('fate');
  readonly #faults: Faults;
  readonly #plans: readonly SwitchSettings[];
  readonly #disks = new Map<string, SimulatedDisk>();
  /** What a row was tampered with of; null while nothing is wrong. */
  rotten: string | null = null;
  readonly #trace: string[] | null;
  #violation: Violation | null = null;
  /** No process that ends is begun again. */
  #closed = false;
  #keys = 0;
  #connections = 0;

  constructor(seed: number, trace = false) {
    this.seed = seed;
    this.random = new Random(seed);
    const { random, scheduler } = this;
    this.#trace = trace ? [] : null;
    this.postgres = new SimulatedPostgres(scheduler, random);
    this.judge = new Judge(this.tally, (check, text) => this.fail(check, text));
    this.tenants = random.chance(0.5) ? ['one'] : ['one', 'two'];
    const count = random.pick([1, 2, 2, 2, 3]);
    const shared = count > 1 || random.chance(0.3);
    const leaseTtlMs = random.whole(300, 900);
    const commitTimeoutMs = random.whole(60, 400);
    this.#plans = ['a', 'b', 'c'].slice(0, count).map((name) => ({
      name,
      shared,
      leaseTtlMs,
      commitTimeoutMs,
      schedule: this.#newSchedule(),
      projector: { pollMs: random.whole(20, 300), batchBytes: random.pick([1, 500, 5000]) },
    }));
    this.processors = ['p', 'q'].map(
      (name) => new Processor(this, name, (reply, from) => this.#heard(reply, from)),
    );
    this.#faults = new Faults(this, this.#fate);
    this.postgres.watch = {
      committed: (changes) =>
        this.judge.committed(changes, (tenant) => this.postgres.tables.leases.get(tenant)?.epoch ?? 0),
      step: (session, statement, step) => this.#faults.step(session, statement, step),
    };
  }

  async run(): Promise<Outcome> {
    useVirtualTime(this.scheduler);
    const onRejection = (error: unknown) =>
      this.fail('crash', `unhandled: ${(error as Error)?.stack ?? error}`);
    process.on('unhandledRejection', onRejection);
    try {
      for (const plan of this.#plans) this.later(this.random.whole(0, 50), () => this.launch(plan));
      this.#startPayments();
      this.#faults.begin(ACTIVE_MS);
      await this.#runUntil(ACTIVE_MS);
      this.say(() => 'the last fault is over');
      this.#faults.end();
      const limit = this.scheduler.now + HEAL_MS;
      while (this.ailment() !== '' && this.scheduler.now < limit && this.#violation === null) {
        await this.#runUntil(this.scheduler.now + 50);
      }
      if (this.ailment() !== '') this.fail('liveness', this.ailment());
      await this.#runUntil(this.scheduler.now + CALM_MS);
      if (this.#violation === null) await finalChecks(this);
    } catch (error) {
      this.fail('crash', `thrown: ${(error as Error)?.stack ?? error}`);
    } finally {
      process.off('unhandledRejection', onRejection);
      useVirtualTime(null);
    }
    const { seed, tally } = this;
    tally.events = this.scheduler.events;
    tally.messages = this.messages.length - 1;
    tally.takeOvers = this.postgres.tables.tenures.size;
    tally.checkpoints = this.postgres.tables.checkpoints.size;
    for (const { written, opened } of this.#disks.values()) {
      tally.snapshots += written;
      tally.opened += opened;
    }
    return { seed, violation: this.#violation, tally, trace: this.#trace ?? [] };
  }

  /** Does something as nobody in particular. */
  later(ms: number, run: () => void): void {
    this.scheduler.after(ms, this.#fate, run);
  }

  /** Runs something of an actor's to its end. */
  async as<T>(actor: Actor, work: () => Promise<T>): Promise<T> {
    let settled = false;
    let outcome: Promise<T> | null = null;
    this.scheduler.after(0, actor, () => {
      outcome = work();
      const done = () => {
        settled = true;
      };
      outcome.then(done, done);
    });
    await this.scheduler.run(this.scheduler.now + HEAL_MS, () => settled);
    if (!settled) throw new Error(`${actor.name} did not come to an end`);
    return outcome!;
  }

  fail(check: Check, text: string): void {
    if (this.#violation !== null) return;
    this.say(() => `${check}: ${text}`);
    this.#violation = { check, text, atMs: this.scheduler.now };
  }

  say(text: () => string): void {
    this.#trace?.push(`${this.scheduler.now.toFixed(3).padStart(10)} ${text()}`);
  }

  /** Somebody found a tenant's journal wrong, or what it gives. */
  foundWrong(tenant: string, text: string): void {
    this.say(() => text);
    if (tenant !== this.rotten) this.fail('proof', text);
  }

  /** A projector found that its tables, or a journal, do not fit. */
  notProjected(text: string): void {
    if (this.rotten === null) this.fail('projection', text);
  }

  /** The disk of the machine that runs a switch, whichever its life. */
  diskOf(name: string): SimulatedDisk {
    let disk = this.#disks.get(name);
    if (disk === undefined) {
      disk = new SimulatedDisk(this.scheduler, this.random);
      this.#disks.set(name, disk);
    }
    return disk;
  }

  newMessage(fields: Omit<Message, 'id' | 'key'> & { key?: number }): Message {
    const message = { ...fields, id: this.messages.length, key: fields.key ?? ++this.#keys };
    this.messages.push(message);
    return message;
  }

  newConnection(): number {
    return ++this.#connections;
  }

  sent(message: Message, to: SimulatedSwitch): void {
    this.judge.sent(message, to);
  }

  /** Kills all switches, for good. */
  close(): void {
    this.#closed = true;
    for (const one of this.running()) this.kill(one, 'reset', 0);
  }

  /** A process of a switch begins; when it can't start it ends, and is begun again. */
  launch(plan: SwitchSettings): SimulatedSwitch {
    const life = this.switches.filter(({ settings }) => settings.name === plan.name).length + 1;
    const born = new SimulatedSwitch(this, plan, life);
    this.switches.push(born);
    this.say(() => `${born.label} starts`);
    this.scheduler.after(0, born.actor, () => {
      born.start().then(
        () => {
          this.say(() => `${born.label} listens`);
          for (const processor of this.processors) processor.connect(born);
        },
        (error: unknown) => this.exits(born, error),
      );
    });
    return born;
  }

  /** A switch ended by itself. */
  exits(who: SimulatedSwitch, reason: unknown): void {
    if (who.ended) return;
    this.say(() => `${who.label} exits: ${reason}`);
    this.kill(who, 'reset', this.random.whole(20, 300));
  }

  /** A process is gone, and another is begun in a while. */
  kill(who: SimulatedSwitch, how: 'reset' | 'vanished', againMs: number): void {
    if (who.ended) return;
    who.die(how);
    if (how === 'vanished') this.diskOf(who.settings.name).lose();
    this.tally.deaths++;
    this.tally.settlements += who.settlements;
    for (const processor of this.processors) processor.lose(who);
    this.later(againMs, () => {
      if (!this.#closed) this.launch(who.settings);
    });
  }

  /** The processes that run now, or are starting. */
  running(): readonly SimulatedSwitch[] {
    return this.switches.filter(({ ended }) => !ended);
  }

  /** The switch that holds a tenant and serves it. Another may believe that it does, until it hears of that. */
  writerOf(tenant: number): SimulatedSwitch | undefined {
    const epoch = this.epochOf(tenant);
    return this.running().find((one) => one.serves(tenant) && one.node!.epoch(tenant) === epoch);
  }

  /** A tenant's epoch by its lease. */
  epochOf(tenant: number): number {
    return this.postgres.tables.leases.get(this.numberOf(tenant))?.epoch ?? 0;
  }

  /** A tenant's number in the database. */
  numberOf(tenant: number): number {
    return this.postgres.tables.tenantOf(this.tenants[tenant]!)?.id ?? 0;
  }

  /** What is still to be proved or projected, as {@link ailment} says it. */
  #behind(): string {
    for (const one of this.running()) {
      for (const [tenant, name] of this.tenants.entries()) {
        const rows = this.judge.rows.get(this.numberOf(tenant))?.length ?? 0;
        if ((one.proved[tenant] ?? 0) < rows) return `${one.label} has not proved ${name} to row ${rows}`;
      }
    }
    for (const [tenant, name] of this.tenants.entries()) {
      const number = this.numberOf(tenant);
      const position = this.postgres.tables.readRow('position', `${number}`)?.values.seq ?? 0;
      if (position !== this.judge.rows.get(number)?.length)
        return `the read model of ${name} is at row ${position}`;
    }
    return '';
  }

  #newSchedule(): ProofSchedule {
    const { random } = this;
    return {
      everyCommands: random.pick([1, 10, 30]),
      everySeconds: random.pick([0.2, 0.5, 1]),
      snapshotEveryCommands: random.pick([10, 30, 100]),
      snapshotEverySeconds: random.pick([0.2, 0.5, 1]),
    };
  }

  async #runUntil(ms: number): Promise<void> {
    await this.scheduler.run(ms, () => this.#violation !== null);
  }

  #startPayments(): void {
    const { random } = this;
    for (let left = random.whole(15, 40); left > 0; left--) {
      const payment = new Payment(this, random.pick(this.processors));
      this.pending++;
      this.later(random.whole(0, ACTIVE_MS), () => {
        this.pending--;
        payment.start();
      });
    }
  }

  #heard(reply: Reply, from: SimulatedSwitch): void {
    const { message, code, approvalCode } = reply;
    this.say(() => `#${message.id} ← ${code} ${approvalCode === 0 ? '' : approvalCode} from ${from.label}`);
    if (code === RESPONSE.approved && message.kind === KIND.authorise) this.tally.approvals++;
    this.judge.heard(reply, from, this.numberOf(message.tenant));
    this.exchanges.get(message.id)?.heard(reply);
  }

  /** What is still not answered, not durable or not served; '' when all is well. */
  ailment(): string {
    if (this.postgres.upSince === null) return 'the database is down';
    if (this.pending > 0) return `${this.pending} steps of payments are still to come`;
    for (const { over, message } of this.exchanges.values()) {
      if (!over) return `#${message.id} is still not answered`;
    }
    const busy = this.running().find(({ idle }) => !idle);
    if (busy !== undefined) return `${busy.label} still waits for a commit`;
    const unserved = this.tenants.find((_, tenant) => this.writerOf(tenant) === undefined);
    return unserved === undefined ? this.#behind() : `nobody serves ${unserved}`;
  }
}
