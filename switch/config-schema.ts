import { FormatRegistry, type Static, Type } from '@sinclair/typebox';
import { DIALECT_NAMES } from '../parsers/dialects/index.js';
import { FRAMING_NAMES, FramingSchema, type FramingSpec } from '../parsers/framing/index.js';
import { MESSAGE_KEYS, type MessageKey } from '../parsers/message-key.js';
import { RETRY_SECONDS } from '../tenants/events/retry-schedule.js';

const MIB = 1024 * 1024;

export const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
export const Host = Type.String({ minLength: 1, maxLength: 253, expectation: 'a host name or an address' });
export const FilePath = Type.String({ minLength: 1, maxLength: 4096, expectation: 'a path' });
export const CardCount = Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1000 });
export const CommitTimeout = Type.Integer({ minimum: 10, maximum: 60_000, default: 1000 });
export const ParserThreads = Type.Integer({ minimum: 1, maximum: 256 });

FormatRegistry.Set('postgres-url', (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text));
export const DatabaseUrl = Type.String({
  format: 'postgres-url',
  maxLength: 4096,
  writeOnly: true,
  expectation: 'a URL like postgres://user@host:5432/database',
});

// It stands in the name of a session, which Postgres cuts after 63 characters.
export const NodeName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,39}$',
  expectation: 'up to 40 letters, digits and . _ : -',
});
export const LeaseTtl = Type.Integer({ minimum: 500, maximum: 600_000, default: 3000 });
export const Shared = Type.Boolean({ default: false });

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const LogLevel = Type.Union(
  LOG_LEVELS.map((level) => Type.Literal(level)),
  { default: 'info' },
);

const closed = { additionalProperties: false } as const;

const Link = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,30}$',
      expectation: 'a lower-case letter, then up to 30 of a-z, 0-9 and -',
    }),
    host: Type.Optional(Host),
    port: Port,
    dialect: Type.Optional(
      Type.Union([...DIALECT_NAMES.map((name) => Type.Literal(name)), Type.String({ pattern: '[./\\\\]' })], {
        default: 'iso87-ascii',
        expectation: `one of ${DIALECT_NAMES.join(', ')}, or a file of a dialect (./mine.json)`,
      }),
    ),
    framing: Type.Optional(
      Type.Union(FramingSchema.anyOf, {
        default: 'length2',
        expectation: `one of ${FRAMING_NAMES.join(', ')}, or an object with such a name and options`,
      }),
    ),
    signOnRequired: Type.Optional(Type.Boolean({ default: false })),
    messageKey: Type.Optional(
      Type.Union(
        MESSAGE_KEYS.map((key) => Type.Literal(key)),
        { default: 'transmission', expectation: `one of ${MESSAGE_KEYS.join(', ')}` },
      ),
    ),
    duplicateWindowHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8760, default: 168 })),
    frameBytesMax: Type.Optional(Type.Integer({ minimum: 64, maximum: 65_535, default: 4096 })),
    idleFrameMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 600_000, default: 10_000 })),
    connectionsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 5000 })),
  },
  closed,
);

const Http = Type.Object(
  {
    host: Type.Optional(Host),
    port: Type.Optional(Type.Integer({ ...Port, default: 8580 })),
    requestsPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 6000 })),
  },
  { ...closed, default: {} },
);

export const DATABASE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** The database of all tenants that are given to no other; no other may have its name. */
export const DEFAULT_DATABASE = 'default';

const TenantNames = Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
  minItems: 1,
  uniqueItems: true,
  expectation: 'a list of names of tenants',
});

const NamedDatabase = Type.Object(
  { url: Type.Optional(DatabaseUrl), embedded: Type.Optional(Type.Literal(true)), tenants: TenantNames },
  closed,
);

const BatchSizes = Type.Object(
  {
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024, default: 16 })),
    messages: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, default: 512 })),
    bytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 64 * MIB, default: 128 * 1024 })),
  },
  { ...closed, default: {} },
);

const Prover = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    everyCommands: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 100_000 })),
    everySeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, default: 60 })),
  },
  { ...closed, default: {} },
);

const Projector = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    pollMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000, default: 200 })),
    batchBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 64 * MIB, default: MIB / 4 })),
  },
  { ...closed, default: {} },
);

const Outbound = Type.Object(
  {
    certificateFile: Type.Optional(FilePath),
    keyFile: Type.Optional(FilePath),
    authoritiesFile: Type.Optional(FilePath),
    networks: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^[0-9A-Fa-f.:]{2,39}/[0-9]{1,3}$',
          expectation: 'a network like 10.1.0.0/16',
        }),
        { maxItems: 100, default: [] },
      ),
    ),
  },
  { ...closed, default: {} },
);

const Webhooks = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    pollMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000, default: 200 })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000, default: 15_000 })),
    retrySeconds: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: 604_800 }), {
        maxItems: 20,
        default: [...RETRY_SECONDS],
      }),
    ),
    disableAfterHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8760, default: 120 })),
  },
  { ...closed, default: {} },
);

/** What a configuration file may hold: every key of {@link Config}, each with its default. */
export const ConfigFile = Type.Object(
  {
    dataDirectory: Type.Optional(FilePath),
    tenantsDirectory: Type.Optional(FilePath),
    demo: Type.Optional(Type.Boolean({ default: true })),
    cardsPerTenant: Type.Optional(CardCount),
    database: Type.Optional(DatabaseUrl),
    databases: Type.Optional(Type.Record(Type.String(), NamedDatabase)),
    host: Type.Optional(Type.String({ ...Host, default: '0.0.0.0' })),
    http: Type.Optional(Http),
    outbound: Type.Optional(Outbound),
    links: Type.Optional(
      Type.Array(Link, { minItems: 1, maxItems: 255, default: [{ name: 'default', port: 8583 }] }),
    ),
    commitTimeoutMs: Type.Optional(CommitTimeout),
    parserThreads: Type.Optional(ParserThreads),
    batch: Type.Optional(BatchSizes),
    writeBacklogBytesMax: Type.Optional(
      Type.Integer({ minimum: 64 * 1024, maximum: 1024 * MIB, default: 4 * MIB }),
    ),
    writeBacklogMsMax: Type.Optional(Type.Integer({ minimum: 10, maximum: 600_000, default: 30_000 })),
    drainMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000, default: 8000 })),
    prover: Type.Optional(Prover),
    projector: Type.Optional(Projector),
    webhooks: Type.Optional(Webhooks),
    logLevel: Type.Optional(LogLevel),
    keysFile: Type.Optional(FilePath),
    node: Type.Optional(NodeName),
    leaseTtlMs: Type.Optional(LeaseTtl),
    tenants: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 63 }), { uniqueItems: true })),
    shared: Type.Optional(Shared),
  },
  closed,
);

export type ConfigFile = Static<typeof ConfigFile>;
export type LogLevel = Static<typeof LogLevel>;

/** A TCP listener for processors. Port 0 is any free one; `idleFrameMs` is how long half a frame may last. */
export interface LinkConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** A built-in's name, or a file's path. */
  readonly dialect: string;
  readonly framing: FramingSpec;
  readonly signOnRequired: boolean;
  /** What its messages are known by: STAN, DE7 and DE32, or DE37, DE41 and DE32. */
  readonly messageKey: MessageKey;
  /** How long a message with the key of an earlier one is a repeat of that. */
  readonly duplicateWindowHours: number;
  readonly frameBytesMax: number;
  readonly idleFrameMs: number;
  readonly connectionsMax: number;
}

/** A database beside the default one, and the tenants whose ledgers are in it. */
export interface DatabaseConfig {
  /** May hold a password; `undefined`: another embedded one. */
  readonly url: string | undefined;
  readonly tenants: readonly string[];
}

/** The whole configuration, every default filled in, every path absolute. */
export interface Config {
  /** Embedded Postgres, keys and what else is kept between starts. */
  readonly dataDirectory: string;
  /** `undefined`: the demo tenants that ship with the switch. */
  readonly tenantsDirectory: string | undefined;
  /** Whether each tenant is given synthetic cards; only in test BINs. */
  readonly demo: boolean;
  readonly cardsPerTenant: number;
  /** Postgres URL, may hold a password; `undefined`: the embedded one. Has all tenants that no other is given. */
  readonly database: string | undefined;
  /** Others, by name. */
  readonly databases: Readonly<Record<string, DatabaseConfig>>;
  /** Where a listener that names no host of its own listens. */
  readonly host: string;
  /** `requestsPerMinute`: what an API key may ask for. */
  readonly http: { readonly host: string; readonly port: number; readonly requestsPerMinute: number };
  /**
   * How tenants' endpoints are reached: networks in which they may be though they are not public, and files in PEM with the
   * certificate and key that the switch proves itself by, and authorities besides those of the system.
   */
  readonly outbound: {
    readonly networks: readonly string[];
    readonly certificateFile?: string | undefined;
    readonly keyFile?: string | undefined;
    readonly authoritiesFile?: string | undefined;
  };
  readonly links: readonly [LinkConfig, ...LinkConfig[]];
  /** How long a decision may wait for its commit before it is answered 91. */
  readonly commitTimeoutMs: number;
  readonly parserThreads: number;
  /** Batches in flight, and the most messages and bytes of frames in each. */
  readonly batch: { readonly count: number; readonly messages: number; readonly bytes: number };
  /** Unsent reply bytes of a connection at which its reading stops. */
  readonly writeBacklogBytesMax: number;
  /** How long after that the connection is closed if it did not take all of them. */
  readonly writeBacklogMsMax: number;
  /** How long a stop waits for what is in flight. */
  readonly drainMs: number;
  /** Proves the journals while they grow, on a replica of all state; a checkpoint after so much. */
  readonly prover: {
    readonly enabled: boolean;
    readonly everyCommands: number;
    readonly everySeconds: number;
  };
  /**
   * Fills the read model beside the switch: how long it waits when there is nothing to do, and bytes of journal that it
   * loads at once.
   */
  readonly projector: { readonly enabled: boolean; readonly pollMs: number; readonly batchBytes: number };
  /**
   * Sends events to the tenants' endpoints: how often it looks for new ones, how long an endpoint may take, the waits
   * between attempts, after how long of failing alone nothing is sent to it any more, and networks that are not public to
   * which it may be sent.
   */
  readonly webhooks: {
    readonly enabled: boolean;
    readonly pollMs: number;
    readonly timeoutMs: number;
    readonly retrySeconds: readonly number[];
    readonly disableAfterHours: number;
  };
  readonly logLevel: LogLevel;
  /** `undefined`: `keys.json` in the data directory. */
  readonly keysFile: string | undefined;
  /** Name of this node, for the others; `undefined`: that of the machine and the process. */
  readonly node: string | undefined;
  /** How long a node's silence lasts until others may take its tenants. */
  readonly leaseTtlMs: number;
  /** Tenants that this node holds from its start on; `undefined`: all. */
  readonly tenants: readonly string[] | undefined;
  /** Whether it shares its database with other nodes: follows the tenants they hold, and takes them over. */
  readonly shared: boolean;
}
