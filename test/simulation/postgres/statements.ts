import { createHash } from 'node:crypto';
import { projectionStatements } from './projection-statements.js';
import { readStatements } from './read-statements.js';
import type { Transaction } from './session.js';
import { writeStatements } from './write-statements.js';

/** What a client sends: one statement, or several as one transaction. */
export interface Request {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What one statement gives, as node-postgres has it. */
export interface Result {
  readonly rows: readonly object[];
  readonly rowCount: number;
}

/** A statement that is understood, and what it does; `run` gives a result for each statement in its text. */
export interface Statement {
  readonly name: string;
  /** Of its text: see {@link digestOf}. When the ledger's statement changes, what is here is looked over first. */
  readonly digest: string;
  readonly run: (
    transaction: Transaction,
    request: Request,
  ) => readonly Result[] | Promise<readonly Result[]>;
}

const known = new Map<string, Statement>();
for (const statement of [...readStatements, ...writeStatements, ...projectionStatements])
  known.set(statement.digest, statement);

/** Digests by text; most texts come again and again. */
const recognised = new Map<string, Statement>();

/**
 * The statement of a request.
 * @throws Error when it is none that is simulated, be it that one was changed
 */
export function recognise({ text }: Request): Statement {
  let statement = recognised.get(text);
  if (statement !== undefined) return statement;
  const digest = digestOf(text);
  statement = known.get(digest);
  if (statement === undefined) {
    throw new Error(`no statement with digest ${digest} is simulated, the one of: ${shapeOf(text)}`);
  }
  recognised.set(text, statement);
  return statement;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(shapeOf(text)).digest('hex').slice(0, 12);
}

/** A text without what is another each time: white space, and the values that stand in it. */
function shapeOf(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/(interval )?'(?:[^']|'')*'/g, (literal, interval) => (interval === undefined ? '?' : literal))
    .replace(/(?<=VALUES |\), )\([^()]*\)/g, '(?)')
    .replace(/\(\?\)(?:, \(\?\))+/g, '(?)')
    .replace(/ARRAY\[[^\]]*\]/g, 'ARRAY[?]')
    .replace(/\d+(?= \* interval)/g, '?')
    .replace(/(?<=lock_timeout = |tenant = |seq > |seq <= |LIMIT )\d+/g, '?');
}

export function rows(...found: readonly object[]): Result {
  return { rows: found, rowCount: found.length };
}
