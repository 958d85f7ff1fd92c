import { FLAG, TRAIT } from './batch.js';
import { compileIndicators } from './compile-indicators.js';
import {
  CHECK,
  type CompiledBitmap,
  type CompiledDialect,
  type CompiledField,
  type CompiledStructure,
  type FieldTable,
  HEADER,
  MODE,
  PLAN,
  PLAN_WORDS,
  PREFIX,
  SIGN,
} from './compiled-dialect.js';
import {
  type BitmapSpec,
  type Dialect,
  FIELD_MAX,
  type FieldSpec,
  type FieldSpecs,
  FLAG_INDICATORS,
  type PrefixEncoding,
  type PrefixSpec,
  type StructureSpec,
  TEXT_ENCODINGS,
  TRAIT_INDICATORS,
} from './dialect.js';
import {
  ANY,
  allowedClasses,
  type Content,
  ENCODING,
  encodingNumber,
  FROM_LATIN1,
  isBcd,
  isText,
  unitsOf,
  wireBytes,
  wrongFrom,
} from './encoding.js';
import { IsoError } from './errors.js';
import { acceptorCountryPlace } from './merchant-country.js';
import { announce, COUNTS } from './prefix-count.js';

const SIGNS = {
  character: SIGN.character,
  overpunch: SIGN.overpunch,
  'overpunch-minus': SIGN.overpunchMinus,
} as const;

/** Identifiers up to this one are of datasets that hold BER-TLV (ISO 8583:2003). */
const DATASET_TLV_LAST = 0x70;
/** Bits of bitmaps inside a field. */
const NESTED_BITS_MAX = 576;
/** Units of a tag's value where its field names no length. */
const TAGGED_MAX = 999_999;

/** Bytes of the header of a rejected message (Visa). */
export const VISA_HEADER_MAX = 26;
const HEADER_BYTES = { none: 0, fixed: 0, base24: 12, visa: 22 } as const;
const VERSION_DIGIT = { '1987': 0, '1993': 1, '2003': 2 } as const;

/**
 * Flattens a dialect, once.
 * @throws IsoError `HF_ISO_DIALECT` that names the field's path and the rule
 */
export function compileDialect(dialect: Dialect): CompiledDialect {
  const compiler = new Compiler(dialect);
  const kind = dialect.header?.kind ?? 'none';
  const mti = encodingNumber(dialect.mti);
  // A bitmap that is longer than 8 bytes holds the secondary one already.
  const bitmap = compiler.bitmap(dialect.bitmap, (dialect.bitmap.bytes ?? 8) > 8 ? 1 : 2, FIELD_MAX);
  const table = compiler.table(dialect.fields, '', FIELD_MAX, bitmap);
  compiler.checkProfiles(table);
  return {
    name: dialect.name,
    dialect,
    header: HEADER[kind],
    headerBytes: dialect.header?.kind === 'fixed' ? dialect.header.bytes : HEADER_BYTES[kind],
    version: VERSION_DIGIT[dialect.version],
    mti,
    mtiBytes: wireBytes(mti, 4),
    bitmap,
    table,
    indicators: compileIndicators(dialect, table, FLAG_INDICATORS, FLAG),
    traits: compileIndicators(dialect, table, TRAIT_INDICATORS, TRAIT),
    acceptorCountry: acceptorCountryPlace(dialect.version, table.fields[43]),
  };
}

class Compiler {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  bitmap({ encoding, bytes = 8, count }: BitmapSpec, countDefault: number, most: number): CompiledBitmap {
    const number = encodingNumber(encoding);
    const bitmaps = count ?? countDefault;
    if (8 * bytes * bitmaps > most)
      throw this.#error('bitmap', `its bitmaps have at most ${most} bits in all`);
    return { encoding: number, bits: 8 * bytes, wireBytes: wireBytes(number, bytes), count: bitmaps };
  }

  /** @throws IsoError when a message type asks for a field that the dialect does not have */
  checkProfiles({ fields }: FieldTable): void {
    for (const [mti, { mandatory }] of Object.entries(this.#dialect.profiles ?? {})) {
      const missing = mandatory.find((field) => fields[field] === undefined);
      if (missing === undefined) continue;
      throw this.#error(`profiles.${mti}.mandatory`, `there is no field ${missing}`);
    }
  }

  table(
    specs: FieldSpecs,
    path: string,
    last: number,
    bitmap: CompiledBitmap,
    within: CompiledField | null = null,
  ): FieldTable {
    const fields: (CompiledField | undefined)[] = new Array(last + 1).fill(undefined);
    const plan = new Int32Array((last + 1) * PLAN_WORDS);
    for (const [key, spec] of Object.entries(specs)) {
      const number = Number(key);
      if (!Number.isInteger(number) || number < 1 || number > last) {
        throw this.#error(join(path, key), `a field's number is from 1 to ${last}`);
      }
      if (announces(bitmap, number)) {
        throw this.#error(join(path, key), 'this bit announces the next bitmap');
      }
      const field = this.field(key, spec, path, within);
      fields[number] = field;
      const at = number * PLAN_WORDS;
      plan[at + PLAN.mode] = field.mode;
      plan[at + PLAN.units] = field.units;
      plan[at + PLAN.unitsMin] = field.unitsMin;
      plan[at + PLAN.wireBytes] = valueBytes(field.encoding, field.sign, field.units);
      plan[at + PLAN.check] = checkOf(field);
      plan[at + PLAN.encoding] = field.encoding;
      plan[at + PLAN.allowed] = field.allowed;
      plan[at + PLAN.sign] = field.sign;
      plan[at + PLAN.prefixEncoding] = field.prefixEncoding;
      plan[at + PLAN.prefixBytes] = field.prefixBytes;
      plan[at + PLAN.prefixCounts] = field.prefixCounts;
    }
    return { fields, plan };
  }

  /** @param within the field it is a part of */
  field(key: string, spec: FieldSpec, parent: string, within: CompiledField | null = null): CompiledField {
    const path = join(parent, key);
    const content = spec.content ?? 'ans';
    const encoding =
      spec.encoding === undefined ? this.#encodingOf(content, within) : encodingNumber(spec.encoding);
    const prefix = this.#prefix(spec, path, within);
    const units = spec.length ?? spec.max;
    if (units === undefined) throw this.#error(path, 'a field has a length, or a max');
    if (spec.length !== undefined && spec.max !== undefined) {
      throw this.#error(path, 'a field has a length or a max, not both');
    }
    const mode = this.#mode(spec, encoding, path);
    this.#checkContent(content, encoding, path);
    const counted = announce(prefix.counts, prefix.bytes, units, wireBytes(encoding, units));
    if (prefix.encoding >= 0 && counted > prefix.most) {
      throw this.#error(path, `its prefix can say at most ${prefix.most}, less than its length`);
    }
    const sign = content === 'x+n' ? SIGNS[spec.sign ?? 'character'] : SIGN.none;
    // Without a digit there is nothing that could be credited or debited.
    const unitsMin = Math.max(
      spec.length ?? spec.min ?? 0,
      sign === SIGN.none ? 0 : sign === SIGN.character ? 2 : 1,
    );
    if (unitsMin > units) throw this.#error(path, `its length is at least ${unitsMin}`);
    const numeric = content === 'n' || content === 'x+n';
    const pad = spec.pad ?? (numeric ? { side: 'left', with: '0' } : { side: 'right', with: ' ' });
    const field: CompiledField = {
      key,
      name: spec.name,
      class: spec.class ?? 'plain',
      content,
      encoding,
      mode,
      units,
      unitsMin,
      prefixEncoding: Math.max(0, prefix.encoding),
      prefixBytes: prefix.bytes,
      prefixCounts: prefix.counts,
      terminator: spec.until === undefined ? -1 : FROM_LATIN1[encoding]![spec.until.charCodeAt(0)]!,
      allowed: allowedClasses(content),
      sign,
      padLeft: pad.side === 'left',
      padWith: pad.with,
      structure: null,
    };
    if (spec.structure === undefined) return field;
    if (mode === MODE.filled || mode === MODE.until) {
      throw this.#error(path, 'what stands in a field that ends behind its value has no parts');
    }
    return { ...field, structure: this.structure(spec.structure, path, field) };
  }

  structure(spec: StructureSpec, path: string, within: CompiledField): CompiledStructure {
    switch (spec.kind) {
      case 'positional':
      case 'repeated': {
        const fields = Object.entries(spec.fields).map(([key, field]) =>
          this.field(key, field, path, within),
        );
        const open = fields.findIndex(({ mode }) => mode === MODE.rest);
        if (open >= 0 && (spec.kind === 'repeated' || open < fields.length - 1)) {
          throw this.#error(join(path, fields[open]!.key), 'only the last one may go on to the end');
        }
        return { kind: spec.kind, fields };
      }
      case 'bitmap': {
        const bitmap = this.bitmap(spec.bitmap, 1, NESTED_BITS_MAX);
        const table = this.table(spec.fields, path, bitmap.bits * bitmap.count, bitmap, within);
        return { kind: 'bitmap', bitmap, head: this.#head(spec.head, path, within), table };
      }
      case 'ber-tlv':
        return { kind: 'ber-tlv', byTag: this.#byTag(spec.fields ?? {}, path, within) };
      case 'datasets':
        return this.#datasets(spec.fields, path);
      case 'tlv': {
        const inText = textWithin(within);
        const text = inText >= 0 ? inText : encodingNumber(this.#dialect.encodings.text);
        const { tag, size } = spec;
        const other = { name: 'Not in the dialect', max: TAGGED_MAX } as const;
        return {
          kind: 'tlv',
          tagEncoding: tag.encoding === undefined ? text : encodingNumber(tag.encoding),
          tagUnits: tag.length,
          sizeEncoding: size.encoding === undefined ? text : encodingNumber(size.encoding),
          sizeUnits: size.length,
          sizeFirst: size.first ?? false,
          sizeCountsTag: size.countsTag ?? false,
          head: this.#head(spec.head, path, within),
          headOptional: spec.headOptional ?? false,
          byTag: this.#byTag(spec.fields ?? {}, path, within),
          // What is not listed is text where it stands among text, and of any characters.
          other:
            inText >= 0
              ? { ...this.field('other', other, path, within), allowed: ANY }
              : this.field('other', { ...other, content: 'b', encoding: 'binary' }, path),
        };
      }
    }
  }

  /** By identifier, 00 to FF: as TLV up to 70, from 71 on with a bitmap. */
  #datasets(specs: FieldSpecs, path: string): CompiledStructure {
    const fields = Object.entries(specs).map(([key, spec]) => {
      if (!/^[1-9][0-9]?$/.test(key))
        throw this.#error(join(path, key), 'an element’s number is from 1 to 99');
      return this.field(key, spec, path);
    });
    const other = this.field(
      'dataset',
      { name: 'Dataset', content: 'b', encoding: 'binary', max: 0xffff },
      path,
    );
    const tlv = { ...other, structure: { kind: 'ber-tlv', byTag: new Map() } } as const;
    const mapped = { ...other, structure: { kind: 'dataset-bitmap', fields } } as const;
    const byTag = new Map<string, CompiledField>();
    for (let identifier = 0; identifier <= 0xff; identifier++) {
      const key = identifier.toString(16).toUpperCase().padStart(2, '0');
      byTag.set(key, { ...(identifier <= DATASET_TLV_LAST ? tlv : mapped), key });
    }
    return {
      kind: 'tlv',
      tagEncoding: ENCODING.binary,
      tagUnits: 1,
      sizeEncoding: ENCODING.binary,
      sizeUnits: 2,
      sizeFirst: false,
      sizeCountsTag: false,
      head: null,
      headOptional: false,
      byTag,
      other,
    };
  }

  #head(spec: FieldSpec | undefined, path: string, within: CompiledField): CompiledField | null {
    return spec === undefined ? null : this.field('head', spec, path, within);
  }

  #byTag(specs: FieldSpecs, path: string, within: CompiledField | null): Map<string, CompiledField> {
    // A tag's own length says where it ends, so its field needs no prefix.
    return new Map(
      Object.entries(specs).map(([tag, spec]) => {
        const sized = spec.length === undefined ? { max: TAGGED_MAX, ...spec } : spec;
        return [tag, this.field(tag, sized, path, within)];
      }),
    );
  }

  /** What stands inside a field of characters stands there as the field does. */
  #encodingOf(content: Content, within: CompiledField | null): number {
    const { encodings } = this.#dialect;
    const text = textWithin(within);
    // Bytes among bytes are bytes, however the field around them spells them.
    if (content === 'b')
      return within !== null && text < 0 ? ENCODING.binary : encodingNumber(encodings.b ?? 'binary');
    if (text >= 0) return text;
    const digits = content === 'n' || content === 'z' || content === 'x+n';
    return encodingNumber(digits ? (encodings[content] ?? encodings.text) : encodings.text);
  }

  #checkContent(content: Content, encoding: number, path: string): void {
    if (content !== 'b' && encoding >= ENCODING.binary) {
      throw this.#error(path, 'only content b is binary or hexadecimal');
    }
    if (content === 'b' && (isText(encoding) || isBcd(encoding))) {
      throw this.#error(path, 'content b is binary, hex or hex-ebcdic');
    }
    if (isBcd(encoding) && content !== 'n' && content !== 'z' && content !== 'x+n' && content !== 'h') {
      throw this.#error(path, 'only digits can be packed: contents n, z, x+n and h');
    }
  }

  #mode({ prefix, until, length }: FieldSpec, encoding: number, path: string): number {
    if (until !== undefined) {
      if (prefix !== undefined || length !== undefined) {
        throw this.#error(path, 'a field that a character ends has a max, and no prefix');
      }
      if (!isText(encoding)) throw this.#error(path, 'only text is ended by a character');
      return MODE.until;
    }
    if (prefix === undefined) return length === undefined ? MODE.rest : MODE.fixed;
    return typeof prefix === 'object' && prefix.filled === true ? MODE.filled : MODE.prefixed;
  }

  #prefix(spec: FieldSpec, path: string, within: CompiledField | null) {
    if (spec.prefix === undefined) return { encoding: -1, bytes: 0, counts: COUNTS.units, most: 0 };
    const given: PrefixSpec = typeof spec.prefix === 'string' ? { digits: spec.prefix.length } : spec.prefix;
    const encoding = given.encoding ?? TEXT_ENCODINGS[textWithin(within)] ?? this.#dialect.prefixes;
    const counts = COUNTS[given.counts ?? 'units'] | (given.inclusive === true ? COUNTS.itself : 0);
    if (encoding === 'ber') return { encoding: PREFIX.ber, bytes: 0, counts, most: 0xffffff };
    if (encoding === 'binary' || encoding === 'hex') {
      // Two digits fit a byte; three need two.
      const bytes = given.bytes ?? (given.digits !== undefined && given.digits > 2 ? 2 : 1);
      const most = 256 ** bytes - 1;
      if (encoding === 'hex') return { encoding: PREFIX.hex, bytes: 2 * bytes, counts, most };
      return { encoding: PREFIX.binary, bytes, counts, most };
    }
    if (given.digits === undefined) throw this.#error(path, 'a prefix of digits says how many');
    const number = prefixNumber(encoding);
    const bytes = encoding === 'bcd' ? (given.digits + 1) >> 1 : given.digits;
    const most = 10 ** (encoding === 'bcd' ? 2 * bytes : given.digits) - 1;
    return { encoding: number, bytes, counts, most };
  }

  #error(path: string, rule: string): IsoError {
    return new IsoError('HF_ISO_DIALECT', path, -1, `${this.#dialect.name}: ${rule}`);
  }
}

/** Bytes on the wire of a field's value of so many units; the sign of packed digits is a character before them. */
export function valueBytes(encoding: number, sign: number, units: number): number {
  return sign === SIGN.character && isBcd(encoding)
    ? 1 + wireBytes(encoding, units - 1)
    : wireBytes(encoding, units);
}

/**
 * Encoding of the characters that what is inside a field is made of; −1 where it is made of bytes. Packed digits
 * are read as the digits that they are, since parts need not end where a byte does.
 */
function textWithin(within: CompiledField | null): number {
  if (within === null) return -1;
  if (isBcd(within.encoding)) return ENCODING.ascii;
  return isText(within.encoding) ? within.encoding : -1;
}

/**
 * Whether a bit says that another bitmap follows, and so is no field. A bitmap of 16 or 24 bytes is two or three
 * at once, whose first bits say the same although it is plain from the length.
 */
function announces({ bits, count }: CompiledBitmap, number: number): boolean {
  const each = bits > 64 ? 64 : bits;
  return (number - 1) % each === 0 && number - 1 + each < bits * count;
}

/** Units that `bytes` bytes of a field's value are: the most there can be, where a byte holds two. */
export function valueUnits({ encoding, sign }: CompiledField, bytes: number): number {
  return sign === SIGN.character && isBcd(encoding)
    ? 1 + unitsOf(encoding, Math.max(0, bytes - 1))
    : unitsOf(encoding, bytes);
}

/** Where a field ends on the wire whose value is `length` bytes from `offset` on. */
export function wireEnd(field: CompiledField, offset: number, length: number): number {
  if (field.mode === MODE.filled) return offset + valueBytes(field.encoding, field.sign, field.units);
  return offset + length + (field.mode === MODE.until ? 1 : 0);
}

function checkOf({ encoding, allowed, sign }: CompiledField): number {
  if (encoding === ENCODING.binary) return CHECK.none;
  return isText(encoding) && sign === SIGN.none ? wrongFrom(encoding, allowed) : CHECK.packed;
}

function prefixNumber(encoding: Exclude<PrefixEncoding, 'ber' | 'binary' | 'hex'>): number {
  return encoding === 'bcd' ? PREFIX.bcd : encodingNumber(encoding);
}

function join(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}
