import type pg from 'pg';
import type { DatabaseClock } from './database-clock.js';
import type { FencedError } from './fenced-error.js';
import type { Journal, JournalSettings } from './journal.js';
import type { NodeIdentity } from './lease.js';
import type { Ledger } from './ledger.js';
import type { FileSystem } from './snapshot-files.js';

export interface NodeSettings extends JournalSettings {
  readonly identity: NodeIdentity;
  /** Names of the tenants; their indexes in the ledger are their places here. */
  readonly tenants: readonly string[];
  /** Indexes of those whose journals are in this database; all when absent. */
  readonly here?: readonly number[] | undefined;
  /** Those that it takes at its start; all when absent. */
  readonly home?: readonly string[] | undefined;
  /** Whether other nodes may hold some: it follows those, and takes them over when their leases are free. */
  readonly shared: boolean;
  /** Directory of the snapshots; without, every journal is replayed from its start. */
  readonly snapshots?: string | undefined;
  /** Where that directory is; on this machine when absent. */
  readonly fileSystem?: FileSystem | undefined;
  /** Brings tenants that were just taken to what is configured, before their first message. */
  readonly prepare?: ((taken: Taken) => Promise<void>) | undefined;
  /** Told of a tenant whose journal or ledger breaks an invariant. */
  readonly onQuarantine: (tenant: { readonly name: string }, error: Error) => void;
  /** Told when a tenant was taken, given up, or changed hands elsewhere. */
  readonly onChange: () => void;
  /** Told when a node that does not share tenants has lost all of its own to others. */
  readonly onLost: (error: FencedError) => void;
  readonly say: (about: Readonly<Record<string, unknown>>, text: string) => void;
}

/** Tenants that were taken and are not served yet: their ledgers, a journal to commit to, and the database. */
export interface Taken {
  readonly indexes: readonly number[];
  readonly ledger: Ledger;
  readonly journal: Pick<Journal, 'commit'>;
  /** For single statements only: others use it too. */
  readonly client: pg.Client;
  readonly clock: DatabaseClock;
}

/** Whoever decides and answers messages by the ledger. */
export interface Answering {
  /** Answers 91 to those messages of a tenant whose decisions are in no commit yet: they never will be. */
  refuse(index: number): void;
  /** Resolves when no message of the tenant waits for a commit. */
  settled(index: number): Promise<void>;
}

/** Who holds a tenant; `endpoint` is where it listens, '' where it doesn't. */
export interface Holder {
  readonly node: string;
  readonly endpoint: string;
}
