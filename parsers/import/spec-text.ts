import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { checkSize, unreadable } from './imported.js';

/** A value of a JSON or YAML document, and the line it is on. */
export class SpecNode {
  readonly #node: Node | null;
  readonly #counter: LineCounter;
  readonly line: number;
  #read: ReadonlyMap<string, SpecNode> | undefined;

  constructor(node: Node | null, counter: LineCounter, line: number) {
    this.#node = node;
    this.#counter = counter;
    this.line = line;
  }

  get text(): string | undefined {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }

  get number(): number | undefined {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
  }

  get flag(): boolean {
    return isScalar(this.#node) && this.#node.value === true;
  }

  /**
   * The members of a map, in the order of the text; empty for what is none.
   * @throws IsoError `HF_ISO_IMPORT` for a key that comes twice, or an alias
   */
  entries(): readonly (readonly [key: string, value: SpecNode])[] {
    return [...this.#members()];
  }

  get(key: string): SpecNode | undefined {
    return this.#members().get(key);
  }

  #members(): ReadonlyMap<string, SpecNode> {
    if (this.#read !== undefined) return this.#read;
    const members = new Map<string, SpecNode>();
    const pairs = isMap(this.#node) ? (this.#node as YAMLMap<Node, Node | null>).items : [];
    for (const { key, value } of pairs) {
      const at = key.range?.[0];
      const line = at === undefined ? this.line : this.#counter.linePos(at).line;
      if (isAlias(value) || isAlias(key)) throw unreadable(line, 'aliases are not read');
      const name = String(isScalar(key) ? key.value : '');
      if (members.has(name)) throw unreadable(line, 'a key comes twice');
      members.set(name, new SpecNode(value, this.#counter, line));
    }
    this.#read = members;
    return members;
  }
}

/**
 * A JSON or YAML document; JSON is YAML.
 * @throws IsoError `HF_ISO_IMPORT` that says the line
 */
export function readSpecText(text: string): SpecNode {
  checkSize(text);
  const counter = new LineCounter();
  const document = parse(text, counter);
  const [error] = document.errors;
  if (error !== undefined) {
    // A message may say what it found, and a document is no secret; its first line is enough.
    throw unreadable(counter.linePos(error.pos[0]).line, error.message.split('\n')[0]!);
  }
  return new SpecNode(document.contents as Node | null, counter, 1);
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    // Its own check for keys that come twice takes time by the square of their number.
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    // What nests without end exhausts the stack of the parser, which has no limit of its own.
    if (error instanceof RangeError) throw unreadable(0, 'values stand too deep in each other');
    throw error;
  }
}
