import { STATUS_CODES } from 'node:http';
import { type Static, Type } from '@sinclair/typebox';

/** What an error of the API can be, with its HTTP status and what its title says. */
const PROBLEMS = {
  HF_INVALID_REQUEST: [400, 'The request breaks a rule of its schema'],
  HF_INVALID_CURSOR: [400, 'The cursor is not one of this list'],
  HF_IDEMPOTENCY_KEY_MISSING: [400, 'This request needs an Idempotency-Key'],
  HF_TENANT_MISSING: [400, 'An operator’s key needs the header Holdfast-Tenant'],
  HF_UNAUTHENTICATED: [401, 'There is no API key, or it is not in force'],
  HF_ROLE: [403, 'The role of the API key does not allow this'],
  HF_NOT_FOUND: [404, 'There is no such thing'],
  HF_CARD_EXISTS: [409, 'The card was issued already'],
  HF_IN_PROGRESS: [409, 'A request with this Idempotency-Key is in progress'],
  HF_PRECONDITION_FAILED: [412, 'It was changed meanwhile'],
  HF_TOO_LARGE: [413, 'The request is too large'],
  HF_MEDIA_TYPE: [415, 'The media type of the body is not supported'],
  HF_IDEMPOTENCY_KEY_REUSED: [422, 'The Idempotency-Key was used for another request'],
  HF_NOT_POSSIBLE: [422, 'The request can’t be done as it is'],
  HF_RATE_LIMITED: [429, 'Too many requests'],
  HF_TOO_MANY_STREAMS: [429, 'Too many event streams are open'],
  HF_INTERNAL: [500, 'The switch failed at this request'],
  HF_BUSY: [503, 'More was asked than is taken at once'],
  HF_UNAVAILABLE: [503, 'The tenant can’t be served at the moment'],
  HF_NO_ANSWER: [504, 'The message got no reply in time; it may have been decided'],
  HF_OUTCOME_UNKNOWN: [503, 'There was no answer in time; some of it may have been done'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** One field that breaks a rule; `pointer` as in RFC 6901, `parameter` of the query or the path. */
export const FieldErrorSchema = Type.Object({
  pointer: Type.Optional(Type.String({ description: 'Where it is in the body (RFC 6901).' })),
  parameter: Type.Optional(Type.String({ description: 'The parameter or header that it is.' })),
  rule: Type.String({ description: 'The rule that it breaks.' }),
  text: Type.String({ description: 'What it must be.' }),
});
export type FieldError = Static<typeof FieldErrorSchema>;

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Names the kind of problem, as `code` does.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    code: Type.String({ description: 'HF_ and a name; stays the same when a title is worded better.' }),
    errors: Type.Optional(Type.Array(FieldErrorSchema, { description: 'Each field that breaks a rule.' })),
  },
  { $id: 'Problem', title: 'Problem', description: 'What went wrong (RFC 9457).' },
);

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An error that is told to whoever asked; it holds no secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  /**
   * @param detail what it is about, this time
   * @param retryAfter seconds after which it may be tried again
   */
  constructor(
    readonly code: ProblemCode,
    detail?: string,
    readonly errors?: readonly FieldError[],
    readonly retryAfter?: number,
  ) {
    super(detail ?? PROBLEMS[code][1]);
    this.status = PROBLEMS[code][0];
    this.detail = detail;
  }

  readonly detail: string | undefined;

  /** The document that RFC 9457 describes. */
  document(): Static<typeof ProblemSchema> {
    const { code, status, detail, errors } = this;
    const type = `urn:holdfast:problem:${code.slice('HF_'.length).toLowerCase().replaceAll('_', '-')}`;
    return {
      type,
      title: PROBLEMS[code][1],
      status,
      ...(detail === undefined ? {} : { detail }),
      code,
      ...(errors === undefined ? {} : { errors: [...errors] }),
    };
  }
}

/** There is nothing of that name that the key may see: always in the same words. */
export function notFound(): Problem {
  return new Problem('HF_NOT_FOUND');
}

/** A field of the body that is well formed, and still can't be. */
export function notPossible(pointer: string, rule: string, text: string): Problem {
  return new Problem('HF_NOT_POSSIBLE', text, [{ pointer, rule, text }]);
}

/** The problem that an HTTP status of the framework's own is. */
export function problemOfStatus(status: number): Problem {
  if (status === 404 || status === 405) return notFound();
  if (status === 413 || status === 414) return new Problem('HF_TOO_LARGE');
  if (status === 415) return new Problem('HF_MEDIA_TYPE');
  if (status === 429) return new Problem('HF_RATE_LIMITED');
  if (status >= 400 && status < 500) return new Problem('HF_INVALID_REQUEST', STATUS_CODES[status]);
  return new Problem('HF_INTERNAL');
}
