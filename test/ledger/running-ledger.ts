import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';
import { Decision, RESPONSE } from '../../ledger/command.js';
import type { Journal, JournalRow } from '../../ledger/journal.js';
import type { JournalGroup, Ledger } from '../../ledger/ledger.js';
import { type LedgerSettings, type OpenLedger, openLedger } from '../../ledger/open-ledger.js';
import type { TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf } from './commands.js';
import { type Answer, ECOMMERCE, EUR, NOON, POS } from './one-tenant.js';

/** A ledger with its journal in a real database, as a switch runs it. */
export class RunningLedger {
  now = NOON;
  /** What the journal had to say, line by line. */
  readonly log: string[] = [];
  readonly quarantined: string[] = [];
  ledger!: Ledger;
  journal!: Journal;
  opened!: OpenLedger;
  /** Rows that were refused, since another had taken their tenant over. */
  readonly fenced: JournalRow[] = [];
  /** Commands that were replayed at the start. */
  replayed = 0;
  readonly #decision = new Decision();

  static async open(
    t: Test,
    url: string,
    tenants: readonly string[],
    settings: Partial<LedgerSettings> = {},
  ): Promise<RunningLedger> {
    const running = new RunningLedger();
    const opened = await openLedger({
      url,
      tenants,
      revive: async () => {},
      log: (text) => running.log.push(text),
      onQuarantine: ({ name }) => running.quarantined.push(name),
      ...settings,
    });
    running.opened = opened;
    running.ledger = opened.ledger;
    running.journal = opened.journal;
    running.replayed = opened.commands;
    t.teardown(() => opened.close());
    return running;
  }

  /** Lets what is under way go on for a moment. */
  turn(): Promise<void> {
    return delay(2);
  }

  /** Gives its tenants back and ends. */
  close(): Promise<void> {
    return this.opened.close();
  }

  ask(tenant: number, asked: Asked): Answer {
    this.ledger.decide(tenant, commandOf(asked), this.now, this.#decision);
    const { responseCode, approvalCode, journalled } = this.#decision;
    return { code: responseCode as Answer['code'], approvalCode, journalled };
  }

  /** Gives a tenant limits, one account and card 1. */
  furnish(tenant: number): void {
    const limits = { perTransaction: 100_000, perDay: 10_000_000, perDayCount: 10_000 };
    this.ask(tenant, { kind: 'setLimits', currency: EUR, channels: POS | ECOMMERCE, ...limits });
    this.ask(tenant, { kind: 'openAccount', account: 0, currency: EUR });
    this.ask(tenant, { kind: 'credit', account: 0, currency: EUR, amount: 10_000_000 });
    this.ask(tenant, { kind: 'issueCard', token: 1, account: 0, expiry: 2612, channels: POS });
  }

  /** 10.00 by card 1, under that key. */
  authorise(tenant: number, key: number, amount = 1000): Answer {
    const given = { token: 1, key, amount, currency: EUR, channels: POS, fingerprint: amount };
    return this.ask(tenant, { kind: 'authorise', ...given });
  }

  /** Makes durable what was decided since the last commit. */
  async commit(): Promise<JournalGroup> {
    const group = this.ledger.closeGroup();
    const fenced = await this.journal.commit(group.rows, group.at);
    for (const row of fenced) this.opened.node.stepDown(row);
    this.fenced.push(...fenced);
    return group;
  }

  state(tenant: number): TenantState {
    return this.ledger.tenants[tenant]!.state;
  }
}

/** Fills a database's journals honestly: every tenant furnished in the first row, then an authorisation a row. */
export async function writeHonestly(
  t: Test,
  url: string,
  tenants: readonly string[],
  rows: number,
): Promise<RunningLedger> {
  const running = await RunningLedger.open(t, url, tenants);
  for (const tenant of tenants.keys()) running.furnish(tenant);
  await running.commit();
  for (let key = 2; key <= rows; key++) {
    running.now += 1000;
    for (const tenant of tenants.keys()) running.authorise(tenant, key);
    await running.commit();
  }
  return running;
}

/** The answer of a tenant that is quarantined. */
export const INOPERATIVE: Answer = { code: RESPONSE.issuerInoperative, approvalCode: 0, journalled: false };
