const ASTERISK = 0x2a;
const QUESTION = 0x3f;

/** A pattern of an acceptor's name (DE43): `*` is any text, `?` any character; letters are of either case. */
export class Glob {
  readonly #pattern: Uint8Array;

  constructor(pattern: string) {
    this.#pattern = Uint8Array.from(pattern, (character) => upper(character.charCodeAt(0)));
  }

  /** Whether the first `length` bytes of `text`, ISO/IEC 8859-1, are such a name; in time of their product at most. */
  matches(text: Uint8Array, length: number): boolean {
    const pattern = this.#pattern;
    let at = 0;
    let from = 0;
    let asterisk = -1;
    let resume = 0;
    while (from < length) {
      const wanted = at < pattern.length ? pattern[at]! : -1;
      if (wanted === ASTERISK) {
        asterisk = at++;
        resume = from;
      } else if (wanted === QUESTION || wanted === upper(text[from]!)) {
        at++;
        from++;
      } else if (asterisk >= 0) {
        at = asterisk + 1;
        from = ++resume;
      } else return false;
    }
    while (at < pattern.length && pattern[at] === ASTERISK) at++;
    return at === pattern.length;
  }
}

/** Of the letters of ISO/IEC 8859-1, but for ß and ÿ, which have no capital in it. */
function upper(code: number): number {
  const letter = (code >= 0x61 && code <= 0x7a) || (code >= 0xe0 && code <= 0xfe && code !== 0xf7);
  return letter ? code - 0x20 : code;
}
