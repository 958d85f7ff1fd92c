import type { Readable } from 'node:stream';
import { Problem } from './problem.js';

/** Characters of a line; a card needs a hundred. */
const LINE_CHARACTERS_MAX = 4096;

/**
 * The lines of a stream of UTF-8, without what is empty.
 * @throws Problem `HF_TOO_LARGE` at a line that is too long
 */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      const line = rest.slice(from, end).trim();
      from = end + 1;
      if (line !== '') yield bounded(line);
    }
    rest = bounded(rest.slice(from));
  }
  const last = (rest + decoder.decode()).trim();
  if (last !== '') yield bounded(last);
}

function bounded(line: string): string {
  if (line.length <= LINE_CHARACTERS_MAX) return line;
  throw new Problem('HF_TOO_LARGE', `a line has at most ${LINE_CHARACTERS_MAX} characters`);
}

/** The fields of a line of CSV (RFC 4180), which may be in quotes; undefined where a quote is not closed. */
export function csvFields(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (line[at] === '"') {
      for (at++; ; at++) {
        if (at >= line.length) return undefined;
        if (line[at] !== '"') field += line[at];
        else if (line[at + 1] === '"') field += line[at++];
        else break;
      }
      at++;
    } else {
      const comma = line.indexOf(',', at);
      const end = comma < 0 ? line.length : comma;
      field = line.slice(at, end);
      at = end;
    }
    fields.push(field.trim());
    if (at >= line.length) return fields;
    if (line[at] !== ',') return undefined;
    at++;
  }
}

/** A line of CSV as the object that a line of NDJSON would be: whole numbers, and lists with spaces between. */
export function csvObject(
  header: readonly string[],
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  const entries = fields.flatMap((field, index): [string, unknown][] => {
    const name = header[index] ?? `column ${index + 1}`;
    if (field === '') return [];
    if (name === 'channels') return [[name, field.split(/\s+/)]];
    const isNumber = ['exp_month', 'exp_year', 'overdraft'].includes(name) && /^[0-9]{1,15}$/.test(field);
    return [[name, isNumber ? Number(field) : field]];
  });
  return Object.fromEntries(entries);
}
