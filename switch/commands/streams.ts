import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { IsoError } from '../../parsers/errors.js';
import { EXIT } from './exit-codes.js';

/** Where a command reads and writes: the process's own, or a test's. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

/** More is no message, and a capture of more is cut before. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024;
/** As a shell reports what SIGPIPE ended. */
const EXIT_PIPE = 141;

/** A file that can't be read. */
class InputError extends Error {
  override readonly name = 'InputError';
}

/** Ends the process quietly when whoever reads its output has left, as `head` does. */
export function endWithReader(stdout: Writable): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_PIPE);
    throw error;
  });
}

/**
 * Does a command's work, and says in one line why it can't.
 * @returns the exit code
 */
export async function runTool(streams: Streams, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    // What is thrown on purpose says code, path, offset and rule; anything else is a fault of the program.
    if (!(error instanceof IsoError) && !(error instanceof InputError)) throw error;
    streams.stderr.write(`${error.message}\n`);
    if (error instanceof InputError) return EXIT.input;
    return error.code === 'HF_ISO_UNKNOWN_DIALECT' || error.code === 'HF_ISO_FILTER' ? EXIT.usage : EXIT.data;
  }
}

/** A file, or standard input where it is `-` or none. */
export function openInput(streams: Streams, file: string | undefined): Readable {
  return file === undefined || file === '-' ? streams.stdin : createReadStream(file);
}

/**
 * The whole of a file or of standard input.
 * @throws IsoError `HF_ISO_INPUT` when it is too long; InputError when it can't be read
 */
export async function readInput(streams: Streams, file: string | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readable(openInput(streams, file), file)) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > INPUT_BYTES_MAX) {
      const rule = `more than ${INPUT_BYTES_MAX} bytes; --lines takes any number of lines`;
      throw new IsoError('HF_ISO_INPUT', '', -1, rule);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Chunks of a stream, with a word on the file where it can't be read. */
export async function* readable(input: Readable, file: string | undefined): AsyncIterable<unknown> {
  try {
    yield* input;
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new InputError(`HF_CLI_INPUT: ${file ?? 'standard input'} can't be read (${code})`, { cause });
  }
}

/** Resolves when the text has left, so that a pipe that is slow loses nothing, and fills no memory. */
export function write(stdout: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
