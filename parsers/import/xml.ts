import { SaxesParser } from 'saxes';
import { checkSize, unreadable } from './imported.js';

/** An element, and the line that it begins on. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

/** How deep elements may stand in each other; layouts need four. */
const DEPTH_MAX = 32;

/**
 * The root element of a document. Text between elements is left out. No entity but those of XML itself is known:
 * documents that declare others are refused, and what a DOCTYPE refers to is never read.
 *
 * @throws IsoError `HF_ISO_IMPORT` that says the line
 */
export function readXml(text: string): XmlElement {
  checkSize(text);
  const parser = new SaxesParser({ xmlns: false });
  const open: { element: XmlElement; children: XmlElement[] }[] = [];
  let root: XmlElement | undefined;
  let line = 1;
  parser.on('error', (error) => {
    throw unreadable(parser.line, error.message.replace(/^\d+:\d+: /, ''));
  });
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) throw unreadable(parser.line, 'entities are not read');
  });
  // The name has just been read, and with it the character that ends it, which may be the line's end.
  parser.on('opentagstart', () => {
    line = parser.columnIndex === 0 ? parser.line - 1 : parser.line;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= DEPTH_MAX) throw unreadable(line, `elements are at most ${DEPTH_MAX} deep`);
    const children: XmlElement[] = [];
    const element = { name, line, attributes, children };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push({ element, children });
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  if (root === undefined) throw unreadable(1, 'there is no element');
  return root;
}
