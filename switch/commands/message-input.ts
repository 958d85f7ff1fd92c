import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { IsoError } from '../../parsers/errors.js';
import {
  cutFrames,
  type Framing,
  type FramingSpec,
  framingOf,
  framingText,
} from '../../parsers/framing/index.js';
import { type InputPiece, type Ranked, rank, recogniseInput } from '../../parsers/inspect/index.js';
import { loadDialect } from '../dialect-file.js';
import type { FramingFlag, MessageFlags } from './message-options.js';
import { readInput, type Streams } from './streams.js';

/** A message that was found in an input: its bytes, with their frame where it has one. */
export interface FoundMessage {
  readonly bytes: Uint8Array;
  /** Where: `line 3`, `frame 2`; '' for the whole input. */
  readonly source: string;
}

export interface FoundMessages {
  readonly dialect: CompiledDialect;
  /** As the options of the library have it: absent for messages without a frame. */
  readonly framed: { readonly framing?: Framing };
  readonly messages: readonly FoundMessage[];
  /** The last frame of a stream is not whole, or the framing was lost. */
  readonly incomplete: boolean;
}

/**
 * Finds the messages of a file or standard input, and what they are written in where nobody says; what was guessed
 * is said on standard error.
 *
 * @throws IsoError `HF_ISO_INPUT` where there is none
 */
export async function findMessages(
  streams: Streams,
  file: string | undefined,
  flags: MessageFlags,
): Promise<FoundMessages> {
  const pieces = await readPieces(streams, file);
  const best = await choose(streams, pieces, flags);
  const { dialect, framing } = best;
  if (framing === null) {
    const alone = pieces.length === 1;
    const messages = pieces.map(({ bytes, source }) => ({ bytes, source: alone ? '' : source }));
    return { dialect, framed: {}, messages, incomplete: false };
  }
  return { dialect, ...cut(streams, pieces, framingOf(framing)) };
}

export async function readPieces(streams: Streams, file: string | undefined): Promise<readonly InputPiece[]> {
  const { pieces } = recogniseInput(await readInput(streams, file));
  const found = pieces.filter(({ bytes }) => bytes.length > 0);
  if (found.length === 0) throw new IsoError('HF_ISO_INPUT', '', -1, 'there is no message in it');
  return found;
}

export function allDialects(): CompiledDialect[] {
  return DIALECT_NAMES.map(dialectByName);
}

/** What is given, and of the rest what fits best. */
async function choose(
  streams: Streams,
  pieces: readonly InputPiece[],
  { dialect: name, framing }: MessageFlags,
): Promise<Reading> {
  return chooseFrom(streams, pieces, name === undefined ? null : await loadDialect(name), framing);
}

type Reading = Pick<Ranked, 'dialect' | 'framing'>;

function chooseFrom(
  streams: Streams,
  pieces: readonly InputPiece[],
  given: CompiledDialect | null,
  framing: FramingFlag | undefined,
): Reading {
  const framings = framing === undefined ? undefined : framing === 'none' ? [null] : [framing];
  if (given !== null && framings !== undefined) return { dialect: given, framing: framings[0]! };
  const ranked = rank(pieces, given === null ? allDialects() : [given], framings);
  const [best] = ranked;
  if (best === undefined || best.confidence === 0) {
    // What can be read of it is shown as what it was said to be.
    if (given !== null && !pieces.some(({ stream }) => stream)) return { dialect: given, framing: null };
    throw new IsoError('HF_ISO_INPUT', '', -1, 'no dialect and framing fit; holdfast doctor says why');
  }
  if (given === null) streams.stderr.write(`${guessText(ranked)}\n`);
  else if (best.framing !== null) streams.stderr.write(`framed as ${framingText(best.framing)}\n`);
  return best;
}

/** What the lines of an input are written in: what is given, or what the first line that fits anything fits. */
export class LineReading {
  readonly #streams: Streams;
  readonly #flags: MessageFlags;
  #given: CompiledDialect | null = null;
  #chosen: { readonly dialect: CompiledDialect; readonly framed: { readonly framing?: Framing } } | null =
    null;

  constructor(streams: Streams, flags: MessageFlags) {
    this.#streams = streams;
    this.#flags = flags;
  }

  /** @throws IsoError where the dialect that is given can't be had */
  async load(): Promise<void> {
    const { dialect } = this.#flags;
    if (dialect !== undefined) this.#given = await loadDialect(dialect);
  }

  /** @throws IsoError `HF_ISO_INPUT` while nothing fits */
  of(bytes: Uint8Array) {
    if (this.#chosen === null) {
      // A message a line has no frame where none is named.
      const framing = this.#flags.framing ?? (this.#given === null ? undefined : 'none');
      const pieces = [{ bytes, source: '', stream: false }];
      const { dialect, framing: found } = chooseFrom(this.#streams, pieces, this.#given, framing);
      this.#chosen = { dialect, framed: found === null ? {} : { framing: framingOf(found) } };
    }
    return this.#chosen;
  }
}

/** `guessed iso87-ascii without a frame, 48 % sure; postilion fits as well`. */
function guessText(ranked: readonly Ranked[]): string {
  const [best, ...others] = ranked as readonly [Ranked, ...Ranked[]];
  const alike = others
    .filter(({ confidence, framing }) => confidence === best.confidence && framing === best.framing)
    .map(({ dialect }) => dialect.name);
  const also =
    alike.length === 0 ? '' : `; ${alike.join(', ')} ${alike.length === 1 ? 'fits' : 'fit'} as well`;
  return `guessed ${best.dialect.name} ${framedText(best.framing)}, ${percent(best.confidence)} sure${also}`;
}

export function framedText(framing: FramingSpec | null): string {
  return framing === null ? 'without a frame' : `framed as ${framingText(framing)}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function cut(streams: Streams, pieces: readonly InputPiece[], framing: Framing) {
  const messages: FoundMessage[] = [];
  let incomplete = false;
  for (const { bytes, source } of pieces) {
    const { frames, rest, lost } = cutFrames(framing, bytes);
    for (const [index, frame] of frames.entries()) {
      if (frame.poll) continue;
      const alone = pieces.length === 1 ? '' : source;
      const name = frames.length === 1 ? alone : `${source === '' ? '' : `${source}, `}frame ${index + 1}`;
      messages.push({ bytes: bytes.subarray(frame.at, frame.at + frame.bytes), source: name });
    }
    if (rest === bytes.length) continue;
    incomplete = true;
    const rule = lost ? 'the framing is lost' : 'the frame is not whole';
    const error = new IsoError('HF_ISO_FRAMING', '', rest, `${framing.name}: ${rule}`);
    streams.stderr.write(`${source === '' ? '' : `${source}: `}${error.message}\n`);
  }
  if (messages.length === 0) throw new IsoError('HF_ISO_INPUT', '', -1, `no whole frame of ${framing.name}`);
  return { framed: { framing }, messages, incomplete };
}
