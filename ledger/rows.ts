/** Rows of a chunk: 65,536, so that growth allocates one chunk and copies nothing, but while there are few. */
const CHUNK_BITS = 16;
export const CHUNK_ROWS = 1 << CHUNK_BITS;
/** Rows of the first chunk at first: a tenant with few cards takes little. */
const ROWS_FIRST = 256;
const WORD_BYTES = 4;

/**
 * Rows of 32-bit words in typed arrays: nothing for the garbage collector to follow, and all words of a row beside
 * each other, since a row that is touched costs one miss of the cache and not one a word. Two words may be one number
 * of 64 bits, the first of them at an even place of rows of an even width.
 *
 * ```
 * row r ──▶ chunk r >>> 16 at (r & 65,535) × stride
 * ```
 */
export class Rows {
  #length = 0;
  /** Rows that there is room for. */
  #capacity = 0;
  readonly #chunks: Uint32Array[] = [];
  readonly #numbers: Float64Array[] = [];

  /** `stride` is the words of a row. */
  constructor(readonly stride: number) {}

  /** Rows that were added: every row's number is below. */
  get length(): number {
    return this.#length;
  }

  /** Adds a row of zeros; returns its number. */
  add(): number {
    const row = this.#length++;
    if (row === this.#capacity) this.#grow();
    return row;
  }

  /** The bytes of all rows, as they lie in memory, chunk by chunk: to be written down, or hashed. */
  *parts(): Generator<Uint8Array> {
    for (let row = 0; row < this.#length; row += CHUNK_ROWS) {
      yield this.#bytes(row, Math.min(CHUNK_ROWS, this.#length - row));
    }
  }

  /** Adds rows until there are `length`, chunk by chunk; each is to be filled with what {@link parts} gave. */
  *fill(length: number): Generator<Uint8Array> {
    for (let row = this.#length; row < length; row = this.#length) {
      const end = Math.min(row + CHUNK_ROWS, length);
      while (this.#capacity < end) this.#grow();
      this.#length = end;
      yield this.#bytes(row, end - row);
    }
  }

  /** A whole chunk more; of the first, four times what there is. */
  #grow(): void {
    const first = this.#capacity < CHUNK_ROWS;
    const rows = first ? Math.max(ROWS_FIRST, 4 * this.#capacity) : CHUNK_ROWS;
    const words = new Uint32Array(rows * this.stride);
    if (first && this.#capacity > 0) words.set(this.#chunks.pop()!);
    if (first) this.#numbers.pop();
    this.#chunks.push(words);
    this.#numbers.push(new Float64Array(words.buffer, 0, words.length >>> 1));
    this.#capacity = first ? rows : this.#capacity + rows;
  }

  /** The chunk that row `row` is in, until a row is added; its words begin at {@link at}. */
  chunk(row: number): Uint32Array {
    return this.#chunks[row >>> CHUNK_BITS]!;
  }

  at(row: number): number {
    return (row & (CHUNK_ROWS - 1)) * this.stride;
  }

  word(row: number, word: number): number {
    return this.#chunks[row >>> CHUNK_BITS]![(row & (CHUNK_ROWS - 1)) * this.stride + word]!;
  }

  setWord(row: number, word: number, value: number): void {
    this.#chunks[row >>> CHUNK_BITS]![(row & (CHUNK_ROWS - 1)) * this.stride + word] = value;
  }

  /** The number of 64 bits in words `word` and `word` + 1. */
  number(row: number, word: number): number {
    return this.#numbers[row >>> CHUNK_BITS]![((row & (CHUNK_ROWS - 1)) * this.stride + word) >>> 1]!;
  }

  setNumber(row: number, word: number, value: number): void {
    this.#numbers[row >>> CHUNK_BITS]![((row & (CHUNK_ROWS - 1)) * this.stride + word) >>> 1] = value;
  }

  /** Of rows from `row`, the first of its chunk, on. */
  #bytes(row: number, rows: number): Uint8Array {
    return new Uint8Array(this.chunk(row).buffer, 0, rows * this.stride * WORD_BYTES);
  }
}
