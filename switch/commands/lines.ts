import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { IsoError } from '../../parsers/errors.js';
import { asIssue } from '../../parsers/inspect/index.js';
import { readable, write } from './streams.js';

/** A line that is longer holds no message; hexadecimal digits of half a MiB. */
const LINE_MAX = 1 << 20;
const WRITE_CHARACTERS = 1 << 16;

/**
 * Gives one line for each line, in order, as they come: nothing waits for the end. A line that can't be done gives
 * `{"error":{"code","path","offset","rule"}}`.
 *
 * @returns how many lines could not be done
 */
export async function eachLine(
  input: Readable,
  file: string | undefined,
  output: Writable,
  convert: (line: string) => string,
): Promise<number> {
  const decoder = new StringDecoder('utf8');
  let out = '';
  let left = '';
  let skipping = false;
  let failed = 0;
  const done = (line: string) => {
    try {
      if (line.length > LINE_MAX) throw tooLong();
      out += `${convert(line.endsWith('\r') ? line.slice(0, -1) : line)}\n`;
    } catch (error) {
      // A line with a fault is what a program that reads on wants to be told of.
      if (!(error instanceof IsoError)) throw error;
      failed++;
      out += `${JSON.stringify({ error: asIssue(error) })}\n`;
    }
  };
  for await (const chunk of readable(input, file)) {
    const text = left + decoder.write(chunk as Buffer);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      // The end of a line that was too long, and said so, is passed over.
      if (!skipping) done(text.slice(from, end));
      skipping = false;
      from = end + 1;
      if (out.length > WRITE_CHARACTERS) {
        await write(output, out);
        out = '';
      }
    }
    left = text.slice(from);
    if (skipping) left = '';
    else if (left.length > LINE_MAX) {
      done(left);
      skipping = true;
      left = '';
    }
  }
  left += decoder.end();
  if (left !== '' && !skipping) done(left);
  if (out !== '') await write(output, out);
  return failed;
}

function tooLong(): IsoError {
  return new IsoError('HF_ISO_INPUT', '', -1, `a line has at most ${LINE_MAX} characters`);
}

/**
 * The bytes of a line of hexadecimal digits.
 * @throws IsoError `HF_ISO_INPUT` with the byte at which it is none
 */
export function bytesOfLine(line: string): Buffer {
  const bytes = Buffer.from(line, 'hex');
  if (2 * bytes.length !== line.length || line.length === 0) {
    const digits = line.trim();
    const trimmed = Buffer.from(digits, 'hex');
    if (2 * trimmed.length === digits.length && digits.length > 0) return trimmed;
    throw new IsoError('HF_ISO_INPUT', '', trimmed.length, 'a line is hexadecimal digits, two a byte');
  }
  return bytes;
}
