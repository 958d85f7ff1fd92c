import { Rows } from '../rows.js';

/** Words: sequence number of the row, that of the last change, place in the row; one to spare. */
const SEQ = 0;
const CHANGED = 2;
const ENTRY = 4;
const ORIGIN_WORDS = 6;

/** Which entry of the journal each record of a state came from: a name that outlives the record and a replay. */
export class RecordOrigins {
  readonly #rows = new Rows(ORIGIN_WORDS);

  set(record: number, seq: number, entry: number): void {
    this.#grow(record);
    this.#rows.setNumber(record, SEQ, seq);
    this.#rows.setWord(record, ENTRY, entry);
  }

  /** Sequence number of the journal row; 0 of a record that no message of its own made. */
  seq(record: number): number {
    return record < this.#rows.length ? this.#rows.number(record, SEQ) : 0;
  }

  /** From 1. */
  entry(record: number): number {
    return this.#rows.word(record, ENTRY);
  }

  /** Sequence number of the row that changed the record last. */
  changedBy(record: number): number {
    return this.#rows.number(record, CHANGED);
  }

  setChanged(record: number, seq: number): void {
    this.#grow(record);
    this.#rows.setNumber(record, CHANGED, seq);
  }

  /** The record's number is free for another. */
  forget(record: number): void {
    this.#grow(record);
    this.#rows.setNumber(record, SEQ, 0);
  }

  #grow(record: number): void {
    while (this.#rows.length <= record) this.#rows.add();
  }
}
