import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { TenantPlace } from './api-databases.js';
import type { Role } from './api-key.js';
import type { ApiSettings } from './api-settings.js';
import type { Caller } from './authentication.js';
import type { Attempt, Draw, Idempotency } from './idempotency.js';
import type { ObjectNames } from './object-names.js';
import { PROBLEM_TYPE } from './problem.js';

/** The server as the routes of the API see it. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes work with. */
export interface ApiContext extends ApiSettings {
  /**
   * The names of objects in a tenant's database.
   * @throws Problem while that is not there
   */
  names(tenant: TenantPlace): Promise<ObjectNames>;
  readonly idempotency: Idempotency;
}

/** Adds the routes of one resource; one file of `routes/` each, listed in `app.ts`. */
export type Routes = (app: Api, context: ApiContext) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. */
    caller: Caller;
    /** Where the request has an Idempotency-Key. */
    attempt: Attempt | null;
    /** The source of what is random in a write. */
    draw: Draw;
  }
  interface FastifyContextConfig {
    /** Roles that may do it; `admin` and `operator` always may, and all may when absent. */
    readonly roles?: readonly Role[];
    /** Whether it must have an Idempotency-Key. */
    readonly idempotencyRequired?: boolean;
    /** It streams: a repeat of it is not answered from what was kept. */
    readonly streams?: boolean;
  }
}

const problems = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE.split(';')[0]!]: { schema: Type.Unsafe({ $ref: 'Problem#' }) } },
});

/** Answers that any route may give. */
const ALWAYS = {
  400: problems('The request breaks a rule of its schema; `errors` names each field.'),
  401: problems('There is no API key, or it is not in force.'),
  403: problems('The role of the API key does not allow this.'),
  404: problems('There is no such thing, or it is not yours.'),
  429: problems('Too many requests; `Retry-After` says when to go on.'),
  503: problems('It can’t be done at the moment; `Retry-After` says when to try again.'),
};

const WRITE = {
  409: problems('It exists, or the same request is in progress.'),
  415: problems('The media type of the body is not supported.'),
  422: problems('The request is well formed, but can’t be done as it is.'),
};

/** The responses of a route that reads. */
export function reads<T extends TSchema>(schema: T, description: string) {
  return { 200: { description, ...schema }, ...ALWAYS } as unknown as { 200: T };
}

/** The responses of a route that writes. */
export function writes<T extends TSchema, Status extends 200 | 201>(
  status: Status,
  schema: T,
  description: string,
) {
  return { [status]: { description, ...schema }, ...ALWAYS, ...WRITE } as unknown as { [S in Status]: T };
}

/** Header of every write. */
export const WriteHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x20-\\x7E]+$',
      description: 'A request that is sent again with the same key is done once, and answered as it was.',
      examples: ['4d9d4f7e-0f0b-4a53-8a3c-6c1a7d2b1f10'],
    }),
  ),
});

const CURSOR_CHARACTERS_MAX = 512;

/** What every list takes. */
export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'How many at most.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: CURSOR_CHARACTERS_MAX,
      description: '`next_cursor` of the page before.',
    }),
  ),
};

/** A page of a list, newest first. */
export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({
    object: Type.Literal('list'),
    data: Type.Array(item),
    has_more: Type.Boolean({ description: 'Whether there is another page.' }),
    next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Where it begins.' }),
  });
}

/**
 * Makes a page of rows, of which one more than `limit` were asked for.
 * @param cursorOf where the list goes on behind a row
 */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): { object: 'list'; data: Item[]; has_more: boolean; next_cursor: string | null } {
  const has_more = rows.length > limit;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next_cursor = has_more && last !== undefined ? cursorOf(last) : null;
  return { object: 'list', data: shown.map(itemOf), has_more, next_cursor };
}

/** A schema of `components` in the document, by its name; it is to be added by `addSchema`. */
export function named<T extends TSchema>(schema: T): ReturnType<typeof Type.Unsafe<Static<T>>> {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** The name of an object of that kind, in a path or a body. */
export function nameSchema(kind: string, description: string) {
  return Type.String({
    pattern: `^${kind}_[0-9a-f]{${kind === 'key' ? 16 : 32}}$`,
    description,
    examples: [`${kind}_${'0123456789abcdef'.repeat(kind === 'key' ? 1 : 2)}`],
  });
}
