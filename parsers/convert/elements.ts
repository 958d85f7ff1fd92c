import type { Acceptor } from './acceptor.js';

/** Something of a message that another dialect can't say, or not all of it; never a value. */
export interface Loss {
  /** `25`, `55.9F26`. */
  readonly path: string;
  /** What the field is called where it came from; '' where that is not known. */
  readonly name: string;
  readonly rule: string;
}

/** What a message says, in the field numbers of one edition of ISO 8583: values as text. */
export interface Elements {
  readonly mti: string;
  readonly fields: ReadonlyMap<number, string>;
  /** DE43, which every edition and dialect lays out in a way of its own. */
  readonly acceptor: Acceptor | null;
}

/** Brings elements from one edition to another, field by field; what is not fetched is lost. */
export class Crossing {
  readonly target = new Map<number, string>();
  readonly #source: ReadonlyMap<number, string>;
  readonly #left: Set<number>;
  readonly #losses: { readonly field: number; readonly rule: string }[] = [];

  constructor(source: ReadonlyMap<number, string>) {
    this.#source = source;
    this.#left = new Set(source.keys());
  }

  /** The value of a field that something is made of; '' when absent. */
  take(field: number): string {
    this.#left.delete(field);
    return this.#source.get(field) ?? '';
  }

  /** Fields that mean the same under the same number. */
  same(fields: readonly number[]): void {
    for (const field of fields) this.put(field, this.take(field));
  }

  /**
   * A field written in another way; with `back`, what does not come back the same is noted, as not all of it could
   * be said.
   */
  map(
    from: number,
    to: number,
    convert: (text: string) => string | undefined,
    back?: (text: string) => string | undefined,
  ): void {
    const text = this.take(from);
    if (text === '') return;
    const converted = convert(text);
    if (converted === undefined) this.lose(from, 'its value has no counterpart');
    else {
      this.put(to, converted);
      if (back !== undefined && back(converted) !== text) this.lose(from, 'only a part of it can be said');
    }
  }

  put(field: number, text: string): void {
    if (text !== '') this.target.set(field, text);
  }

  lose(field: number, rule: string): void {
    this.#losses.push({ field, rule });
  }

  /** What was lost on the way, and all that nobody asked for. */
  losses(edition: string): readonly { readonly field: number; readonly rule: string }[] {
    const left = [...this.#left].map((field) => ({ field, rule: `has no place in ISO 8583:${edition}` }));
    return [...this.#losses, ...left].sort((a, b) => a.field - b.field);
  }
}
