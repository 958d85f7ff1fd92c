/** A value of a row as the read model has it: a time is in ms since 1970. */
export type Value = number | string | Buffer | null;

/** A row of a table of `holdfast_read`, whichever columns that has. */
export interface ReadRow {
  readonly table: ReadTable;
  /** Its primary key as a text. */
  readonly key: string;
  readonly values: Readonly<Record<string, Value>>;
}

/** How a column comes in COPY's binary format; what is only kept comes as bytes. */
type Type = 'number' | 'text' | 'time' | 'bytes' | 'texts';

interface Definition {
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Type>>;
}

const MESSAGE = { tenant: 'number', seq: 'number', entry: 'number', at: 'time' } as const;

/** The tables of the read model. Columns that are not named here are only kept. */
const DEFINITIONS = {
  account: {
    key: ['tenant', 'account'],
    columns: {
      tenant: 'number',
      account: 'number',
      currency: 'text',
      overdraft: 'number',
      holder: 'number',
      posted: 'number',
      held: 'number',
      as_of: 'number',
    },
  },
  card: {
    key: ['tenant', 'card'],
    columns: {
      tenant: 'number',
      card: 'number',
      account: 'number',
      parent: 'number',
      card_group: 'number',
      expiry: 'text',
      status: 'text',
      channels: 'texts',
      as_of: 'number',
    },
  },
  authorisation: { key: ['tenant', 'seq', 'entry'], columns: { ...MESSAGE, kind: 'text' } },
  hold: {
    key: ['tenant', 'seq', 'entry'],
    columns: {
      ...MESSAGE,
      card: 'number',
      account: 'number',
      currency: 'text',
      billed: 'number',
      held: 'number',
      posted: 'number',
      status: 'text',
      expires_at: 'time',
      as_of: 'number',
    },
  },
  entry: {
    key: ['tenant', 'seq', 'entry', 'posting'],
    columns: {
      ...MESSAGE,
      posting: 'number',
      account: 'number',
      from_book: 'text',
      to_book: 'text',
      currency: 'text',
      amount: 'number',
    },
  },
  transfer: { key: ['tenant', 'seq', 'entry'], columns: { ...MESSAGE, kind: 'text' } },
  book: {
    key: ['tenant', 'currency', 'account'],
    columns: { tenant: 'number', currency: 'text', account: 'text', balance: 'number', as_of: 'number' },
  },
  event: {
    key: ['tenant', 'seq', 'entry', 'ordinal'],
    columns: {
      ...MESSAGE,
      ordinal: 'number',
      type: 'text',
      card: 'number',
      account: 'number',
      amount: 'number',
      currency: 'text',
      about_seq: 'number',
      about_entry: 'number',
      detail: 'text',
    },
  },
  position: { key: ['tenant'], columns: {} },
} as const satisfies Readonly<Record<string, Definition>>;

export type ReadTable = keyof typeof DEFINITIONS;

export function readRow(table: ReadTable, values: ReadRow['values']): ReadRow {
  return { table, key: DEFINITIONS[table].key.map((column) => values[column]).join(' '), values };
}

/** Signature, flags, length of the extension (PostgreSQL, COPY). */
const HEADER_BYTES = 19;
const MS_TO_2000 = Date.UTC(2000, 0, 1);

/** The rows in what `COPY table (columns) FROM STDIN (FORMAT binary)` is sent. */
export function copiedRows(table: ReadTable, columns: readonly string[], bytes: Buffer): ReadRow[] {
  const types: Readonly<Record<string, Type>> = DEFINITIONS[table].columns;
  const rows: ReadRow[] = [];
  for (let at = HEADER_BYTES; ; ) {
    const fields = bytes.readInt16BE(at);
    at += 2;
    if (fields < 0) return rows;
    if (fields !== columns.length)
      throw new Error(`${fields} fields for ${columns.length} columns of ${table}`);
    const values: Record<string, Value> = {};
    for (const column of columns) {
      const length = bytes.readInt32BE(at);
      at += 4;
      const end = at + Math.max(0, length);
      values[column] = length < 0 ? null : fieldOf(bytes.subarray(at, end), types[column] ?? 'bytes');
      at = end;
    }
    rows.push(readRow(table, values));
  }
}

function fieldOf(field: Buffer, type: Type): Value {
  switch (type) {
    case 'number':
      return numberOf(field);
    case 'text':
      return field.toString();
    case 'time':
      return numberOf(field) / 1000 + MS_TO_2000;
    case 'texts':
      return textsOf(field);
    case 'bytes':
      return Buffer.from(field);
  }
}

function numberOf(field: Buffer): number {
  return field.length === 8 ? Number(field.readBigInt64BE()) : field.readIntBE(0, field.length);
}

/** The elements of an array, as `array_to_string(…, ' ')` gives them. */
function textsOf(field: Buffer): string {
  if (field.readInt32BE() === 0) return '';
  const texts: string[] = [];
  for (let at = 20; at < field.length; ) {
    const length = field.readInt32BE(at);
    texts.push(field.toString('latin1', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts.join(' ');
}
