/** An element of a packager document, with attributes and what is inside. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  inside = '',
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
  return `<${name}${written.join('')}>${inside}</${name}>\n`;
}

export const MTI = element('isofield', { id: 0, length: 4, name: 'MTI', class: 'org.jpos.iso.IFA_NUMERIC' });
export const BITMAP = element('isofield', {
  id: 1,
  length: 8,
  name: 'Bitmap',
  class: 'org.jpos.iso.IFB_BITMAP',
});

/** A packager document whose messages have an MTI in ASCII and a binary bitmap of 64 bits. */
export function packager(...fields: readonly string[]): string {
  return element('isopackager', {}, MTI + BITMAP + fields.join(''));
}

export function isofield(
  id: number,
  name: string,
  length: number,
  more: Readonly<Record<string, string>> = {},
): string {
  const full = name.includes('.') ? name : `org.jpos.iso.${name}`;
  return element('isofield', { id, length, name: `Field ${id}`, class: full, ...more });
}

export function isofieldpackager(
  id: number,
  name: string,
  length: number,
  inner: string,
  inside: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const attributes = {
    id,
    length,
    name: `Field ${id}`,
    class: `org.jpos.iso.${name}`,
    packager: inner,
    ...more,
  };
  return element('isofieldpackager', attributes, inside);
}

/** `0100` in ASCII, a bitmap of 64 bits, and what follows, as hexadecimal digits. */
export function message(field: number, wire: string): Buffer {
  const bits = Buffer.alloc(8);
  bits[(field - 1) >> 3] = 0x80 >> ((field - 1) & 7);
  return Buffer.concat([Buffer.from('0100'), bits, Buffer.from(wire.replaceAll(' ', ''), 'hex')]);
}
