import { randomBytes } from 'node:crypto';
import os from 'node:os';
import type { DatabaseClock } from './database-clock.js';
import { connect, Journal, type JournalSettings } from './journal.js';
import type { Ledger } from './ledger.js';
import { migrate } from './migrate.js';
import { LedgerNode } from './node.js';
import type { NodeSettings } from './node-settings.js';

/** How long a lease lasts after a heartbeat, where nothing else is said. */
const LEASE_TTL_MS = 3000;

type NodeOptions = Pick<
  NodeSettings,
  'here' | 'home' | 'shared' | 'snapshots' | 'prepare' | 'onChange' | 'onLost' | 'say'
>;

export interface LedgerSettings extends Omit<JournalSettings, 'session'>, Partial<NodeOptions> {
  /** Names of the tenants; their indexes in the ledger are their places here. */
  readonly tenants: readonly string[];
  readonly onQuarantine: NodeSettings['onQuarantine'];
  /** Name of this node; that of the machine and the process when absent. */
  readonly node?: string | undefined;
  readonly leaseTtlMs?: number;
}

export interface OpenLedger {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly node: LedgerNode;
  /** The database's, which gives the time of what is decided. */
  readonly clock: DatabaseClock;
  /** `application_name` of its connections. */
  readonly session: string;
  /** What was replayed. */
  readonly commands: number;
  readonly seconds: number;
  /** Gives the tenants back and ends all connections; nothing may be decided any more. */
  close(): Promise<void>;
}

/**
 * Makes this process a node of the database: the writer of those tenants that it takes, each rebuilt from its own
 * journal. A tenant whose journal does not prove itself is quarantined; the others open.
 *
 * @throws DatabaseInUseError when another node that is alive holds what this one is to hold
 */
export async function openLedger(settings: LedgerSettings): Promise<OpenLedger> {
  const { node: name = nodeName(), leaseTtlMs = LEASE_TTL_MS } = settings;
  const identity = { name, session: sessionName(name), leaseTtlMs };
  const own = { ...DEFAULTS, ...settings, identity, session: identity.session };
  const client = await connect(settings.url, settings.log, identity.session);
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
  const node = new LedgerNode(own);
  try {
    await node.start();
    const journal = await Journal.open(own);
    const { ledger, keeper } = node;
    const { commands, seconds } = node.replayed;
    const close = async () => {
      await node.close();
      await journal.close();
    };
    const { session } = identity;
    return { ledger, journal, node, clock: keeper.clock, session, commands, seconds, close };
  } catch (error) {
    await node.close();
    throw error;
  }
}

/** The name of a node that was given none: that of its machine and its process. */
export function nodeName(): string {
  return `${os.hostname()}:${process.pid}`;
}

/** Postgres keeps 63 characters of a session's name, of printable ASCII; it must be another for each process. */
function sessionName(node: string): string {
  const text = node.replace(/[^ -~]/g, '?').slice(0, 40);
  return `holdfast ${text} ${randomBytes(4).toString('hex')}`;
}

const DEFAULTS = {
  shared: false,
  onChange: () => {},
  onLost: () => {},
  say: () => {},
} satisfies Omit<NodeOptions, 'here' | 'home' | 'snapshots' | 'prepare'>;
