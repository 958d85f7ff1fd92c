import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { check, DocumentError, type Problem, readDocument, suggestion } from '../tenants/document.js';
import { isNetwork } from '../tenants/outbound/address-guard.js';
import type { Config, LinkConfig } from './config-schema.js';
import * as schema from './config-schema.js';
import { isDialectFile } from './dialect-file.js';

export type { Config, LinkConfig, LogLevel } from './config-schema.js';

/** A configuration that can't be used; codes are `HF_CONFIG_` and a rule's name. No value that is secret is in it. */
export class ConfigError extends DocumentError {
  override readonly name = 'ConfigError';
  constructor(first: Problem, ...others: readonly Problem[]) {
    super('HF_CONFIG', first, ...others);
  }
}

/** Values of the command line's flags, as typed; absent or `undefined` where not given. */
export interface Flags {
  readonly config?: string | undefined;
  readonly dataDirectory?: string | undefined;
  readonly port?: string | undefined;
  readonly httpPort?: string | undefined;
  readonly cardsPerTenant?: string | undefined;
  readonly database?: string | undefined;
  readonly host?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly node?: string | undefined;
}

export interface ConfigSources {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory that relative paths of flags and environment start at; a file's start at the file. */
  readonly cwd: string;
}

interface Setting {
  readonly path: readonly [string, ...(string | number)[]];
  readonly schema: TSchema;
  readonly variable: string;
  readonly flag?: Exclude<keyof Flags, 'config'>;
}

const PREFIX = 'HOLDFAST_';
const CONFIG_VARIABLE = 'HOLDFAST_CONFIG';

const SETTINGS: readonly Setting[] = [
  {
    path: ['dataDirectory'],
    schema: schema.FilePath,
    variable: 'HOLDFAST_DATA_DIRECTORY',
    flag: 'dataDirectory',
  },
  { path: ['links', 0, 'port'], schema: schema.Port, variable: 'HOLDFAST_PORT', flag: 'port' },
  { path: ['http', 'port'], schema: schema.Port, variable: 'HOLDFAST_HTTP_PORT', flag: 'httpPort' },
  {
    path: ['cardsPerTenant'],
    schema: schema.CardCount,
    variable: 'HOLDFAST_CARDS_PER_TENANT',
    flag: 'cardsPerTenant',
  },
  { path: ['database'], schema: schema.DatabaseUrl, variable: 'HOLDFAST_DATABASE_URL', flag: 'database' },
  { path: ['host'], schema: schema.Host, variable: 'HOLDFAST_HOST', flag: 'host' },
  { path: ['logLevel'], schema: schema.LogLevel, variable: 'HOLDFAST_LOG_LEVEL', flag: 'logLevel' },
  { path: ['commitTimeoutMs'], schema: schema.CommitTimeout, variable: 'HOLDFAST_COMMIT_TIMEOUT_MS' },
  { path: ['node'], schema: schema.NodeName, variable: 'HOLDFAST_NODE', flag: 'node' },
  { path: ['leaseTtlMs'], schema: schema.LeaseTtl, variable: 'HOLDFAST_LEASE_TTL_MS' },
  { path: ['shared'], schema: schema.Shared, variable: 'HOLDFAST_SHARED' },
  { path: ['parserThreads'], schema: schema.ParserThreads, variable: 'HOLDFAST_PARSER_THREADS' },
];

/**
 * Puts the configuration together: flags before environment before file before defaults. An empty variable
 * counts as absent; `host` is for the listeners that name none of their own.
 * @throws ConfigError with the source, the key's path and the rule of every problem
 */
export async function loadConfig({ flags, environment, cwd }: ConfigSources): Promise<Config> {
  const problems = unknownVariables(environment);
  const named = flags.config ?? (environment[CONFIG_VARIABLE] || undefined);
  const file = named === undefined ? undefined : path.resolve(cwd, named);
  const settings: Record<string, unknown> = {};
  if (file !== undefined) {
    const read = await readConfigFile(file);
    if ('problems' in read) problems.push(...read.problems);
    else Object.assign(settings, withAbsolutePaths(read.value, path.dirname(file)));
  }
  Value.Default(schema.ConfigFile, settings);
  for (const [source, setting, text] of given(flags, environment)) {
    const value = typed(setting, text);
    const checked = check(setting.schema, value, source, dotted(setting.path));
    if ('problems' in checked) problems.push(...checked.problems);
    else put(settings, setting.path, setting.schema === schema.FilePath ? path.resolve(cwd, text) : value);
  }
  problems.push(...databaseProblems(settings, file ?? 'configuration'));
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError(first, ...others);
  const config = complete(settings as unknown as Filled, cwd);
  const [conflict, ...conflicts] = conflictsIn(config);
  if (conflict !== undefined) throw new ConfigError(conflict, ...conflicts);
  return config;
}

function unknownVariables(environment: ConfigSources['environment']): Problem[] {
  const known = [CONFIG_VARIABLE, ...SETTINGS.map(({ variable }) => variable)];
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => ({
      source: 'environment',
      path: name,
      rule: 'UNKNOWN_KEY',
      text: `unknown variable${suggestion(name, known)}`,
    }));
}

type Read = { readonly value: schema.ConfigFile } | { readonly problems: readonly Problem[] };

async function readConfigFile(file: string): Promise<Read> {
  const parsed = await readDocument(file);
  if ('problem' in parsed) return { problems: [parsed.problem] };
  // A YAML file of nothing but comments holds null.
  return check(schema.ConfigFile, parsed.value ?? {}, file);
}

function withAbsolutePaths(settings: schema.ConfigFile, directory: string): schema.ConfigFile {
  const absolute = { ...settings };
  for (const key of ['dataDirectory', 'tenantsDirectory', 'keysFile'] as const) {
    const value = settings[key];
    if (value !== undefined) absolute[key] = path.resolve(directory, value);
  }
  if (settings.links !== undefined) {
    absolute.links = settings.links.map((link) =>
      link.dialect !== undefined && isDialectFile(link.dialect)
        ? { ...link, dialect: path.resolve(directory, link.dialect) }
        : link,
    );
  }
  return absolute;
}

/** What is set outside the file, with its source: the environment's first, so that the flags' come over it. */
function* given(
  flags: Flags,
  environment: ConfigSources['environment'],
): Iterable<[source: string, setting: Setting, text: string]> {
  for (const setting of SETTINGS) {
    const text = environment[setting.variable];
    if (text !== undefined && text !== '') yield [`environment ${setting.variable}`, setting, text];
  }
  for (const setting of SETTINGS) {
    const text = setting.flag === undefined ? undefined : flags[setting.flag];
    if (text !== undefined) yield [`flag ${flagName(setting.flag!)}`, setting, text];
  }
}

function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Text that is no number, or neither true nor false, stays text, for the schema to refuse. */
function typed({ schema: { type } }: Setting, text: string): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return type === 'integer' && /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

function dotted(keys: Setting['path']): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1);
}

/** The defaults have made every object on the way. */
function put(settings: Record<string, unknown>, keys: Setting['path'], value: unknown): void {
  let at = settings;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1)!] = value;
}

/** The demo shows a tenant whose ledger is in a second database. */
const DEMO_DATABASES: NonNullable<schema.ConfigFile['databases']> = {
  second: { embedded: true, tenants: ['xpollens'] },
};

type Open<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What a checked file and the schema's defaults make: all but the defaults that are no constants. */
type Filled = Open<Omit<Config, 'http' | 'links' | 'databases'>, 'dataDirectory' | 'parserThreads'> & {
  readonly databases?: schema.ConfigFile['databases'];
  readonly http: Open<Config['http'], 'host'>;
  readonly links: readonly Open<LinkConfig, 'host'>[];
};

function complete(filled: Filled, cwd: string): Config {
  const { host, http, links, demo, database, tenantsDirectory } = filled;
  const isDemo = demo && database === undefined && tenantsDirectory === undefined;
  const databases = filled.databases ?? (isDemo ? DEMO_DATABASES : {});
  return {
    ...filled,
    dataDirectory: filled.dataDirectory ?? path.resolve(cwd, '.holdfast'),
    tenantsDirectory: filled.tenantsDirectory,
    database: filled.database,
    databases: Object.fromEntries(
      Object.entries(databases).map(([name, { url, tenants }]) => [name, { url, tenants }]),
    ),
    keysFile: filled.keysFile,
    node: filled.node,
    tenants: filled.tenants,
    parserThreads: filled.parserThreads ?? Math.max(1, availableParallelism() - 1),
    http: { ...http, host: http.host ?? host },
    links: links.map((link) => ({ ...link, host: link.host ?? host })) as [LinkConfig, ...LinkConfig[]],
  };
}

/** What the schema can't say of `databases`. */
function* databaseProblems({ databases }: schema.ConfigFile, source: string): Iterable<Problem> {
  const invalid = (place: string, text: string): Problem => ({ source, path: place, rule: 'INVALID', text });
  const owners = new Map<string, string>();
  const urls = new Map<string, string>();
  for (const [name, { url, embedded, tenants }] of Object.entries(databases ?? {})) {
    const place = `databases.${name}`;
    if (!schema.DATABASE_NAME.test(name) || name === schema.DEFAULT_DATABASE) {
      const but = `but not '${schema.DEFAULT_DATABASE}'`;
      yield invalid(place, `the name must be a lower-case letter, then up to 30 of a-z, 0-9 and -, ${but}`);
    }
    if ((url === undefined) === (embedded === undefined)) {
      yield invalid(place, "must have either 'url' or 'embedded: true'");
    }
    if (url !== undefined) {
      const other = urls.get(url);
      if (other !== undefined) yield invalid(`${place}.url`, `is the URL of ${other} too`);
      urls.set(url, place);
    }
    for (const [index, tenant] of tenants.entries()) {
      const other = owners.get(tenant);
      if (other !== undefined) yield invalid(`${place}.tenants[${index}]`, `'${tenant}' is in ${other} too`);
      owners.set(tenant, place);
    }
  }
}

/** Rules between keys, whichever sources they came from. */
function* conflictsIn(config: Config): Iterable<Problem> {
  const source = 'configuration';
  const invalid = (place: string, text: string): Problem => ({ source, path: place, rule: 'INVALID', text });
  for (const [index, network] of config.outbound.networks.entries()) {
    if (!isNetwork(network))
      yield invalid(`outbound.networks[${index}]`, 'must be a network like 10.1.0.0/16');
  }
  const listeners = [
    { place: 'http', ...config.http },
    ...config.links.map((link, index) => ({ place: `links[${index}]`, host: link.host, port: link.port })),
  ];
  for (const [index, one] of listeners.entries()) {
    const other = listeners.slice(0, index).find((other) => collide(one, other));
    if (other === undefined) continue;
    yield invalid(`${one.place}.port`, `must not be ${one.port}, which is the port of ${other.place} too`);
  }
  for (const [name, { url }] of Object.entries(config.databases)) {
    if (url === undefined || url !== config.database) continue;
    yield invalid(`databases.${name}.url`, 'must not be that of `database`, which has all other tenants');
  }
  const names = new Set<string>();
  for (const [index, { name, frameBytesMax }] of config.links.entries()) {
    if (names.has(name)) yield invalid(`links[${index}].name`, `'${name}' is the name of another link too`);
    names.add(name);
    if (frameBytesMax <= config.batch.bytes) continue;
    yield invalid(
      'batch.bytes',
      `must hold a frame of links[${index}], which is up to ${frameBytesMax} bytes`,
    );
  }
}

type Listener = Pick<LinkConfig, 'host' | 'port'>;

const ANY_HOST: readonly string[] = ['0.0.0.0', '::'];

function collide(one: Listener, other: Listener): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || [one.host, other.host].some((host) => ANY_HOST.includes(host));
}
