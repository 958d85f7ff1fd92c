import type { Batch } from './batch.js';
import { type BinRange, BinTable } from './bin-ranges.js';
import { compileDialect } from './compile.js';
import type { CompiledDialect } from './compiled-dialect.js';
import type { Dialect } from './dialect.js';
import { interpret } from './interpret.js';
import type { MessageKey } from './message-key.js';
import { PanTokeniser } from './pan-token.js';
import { parse } from './reader.js';
import { prepareReply } from './reply.js';
import { MessageView } from './view.js';

/** How the messages of one listener are laid out. */
export interface ParserLink {
  readonly dialect: Dialect;
  /** Bytes of a transport header before each message, which the reply carries with its addresses swapped. */
  readonly transportBytes: number;
  /** What its messages are known by. */
  readonly messageKey: MessageKey;
}

/** What a parser has to know. */
export interface ParserSettings {
  /** By listener index. */
  readonly links: readonly ParserLink[];
  readonly bins: readonly BinRange[];
  readonly tokenKey: Uint8Array;
}

/** Parses batches in place: on a thread of its own, or where the batch is too small for the way there and back. */
export class BatchParser {
  readonly #links: readonly (Omit<ParserLink, 'dialect'> & { readonly dialect: CompiledDialect })[];
  readonly #bins: BinTable;
  readonly #tokeniser: PanTokeniser;
  readonly #view = new MessageView();

  constructor({ links, bins, tokenKey }: ParserSettings) {
    this.#links = links.map((link) => ({ ...link, dialect: compileDialect(link.dialect) }));
    this.#bins = new BinTable(bins);
    this.#tokeniser = new PanTokeniser(tokenKey);
  }

  /**
   * Fills a batch's columns and prepares its replies. Depends on nothing but the frames, so that a batch whose
   * worker died is simply parsed again.
   */
  parse(batch: Batch): void {
    const { frameOffset, frameLength, listener } = batch.columns;
    const view = this.#view;
    for (let index = 0; index < batch.count; index++) {
      const { dialect, transportBytes, messageKey } = this.#links[listener[index]!]!;
      const start = frameOffset[index]!;
      const end = start + frameLength[index]!;
      parse(view, dialect, batch.frames, Math.min(end, start + transportBytes), end);
      interpret(view, batch, index, this.#bins, this.#tokeniser, messageKey);
      prepareReply(view, dialect, batch, index, transportBytes);
    }
  }
}
