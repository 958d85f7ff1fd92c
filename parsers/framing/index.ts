import { IsoError } from '../errors.js';
import { FRAMING_NAMES, type Framing, type FramingName, type FramingOptions, type Polls } from './framing.js';
import { LENGTH, LengthFraming, type LengthLayout } from './length-framing.js';
import type { FramingSpec } from './schema.js';
import { StxEtxFraming } from './stx-etx.js';
import { TPDU_BYTES } from './tpdu.js';

export { type Cut, cutFrames, type Frame } from './cut.js';
export { frameMessage } from './frame-message.js';
export { FRAMING_NAMES, type Framing, type FramingName, type FramingOptions, type Polls } from './framing.js';
export { FramingSchema, type FramingSpec } from './schema.js';
export { framingFromText, framingText } from './spec-text.js';

interface Form {
  readonly kind: number;
  readonly lengthBytes: number;
  readonly lengthAt?: number;
  readonly fixedBytes?: number;
  readonly countsItself?: boolean;
  readonly tpdu?: boolean;
  readonly etx?: boolean;
  readonly flags?: boolean;
  readonly polls?: Polls;
}

const FORMS: Readonly<Record<Exclude<FramingName, 'stx-etx'>, Form>> = {
  length2: { kind: LENGTH.binary, lengthBytes: 2 },
  'length2-inclusive': { kind: LENGTH.binary, lengthBytes: 2, countsItself: true },
  'length2-header': { kind: LENGTH.binary, lengthBytes: 2, tpdu: true },
  length4: { kind: LENGTH.binary, lengthBytes: 4 },
  'length2-reserved2': { kind: LENGTH.binary, lengthBytes: 2, fixedBytes: 4, polls: 'echo' },
  'reserved2-length2': { kind: LENGTH.binary, lengthBytes: 2, lengthAt: 2, fixedBytes: 4, polls: 'echo' },
  ascii2: { kind: LENGTH.ascii, lengthBytes: 2, polls: 'ignore' },
  ascii3: { kind: LENGTH.ascii, lengthBytes: 3, polls: 'ignore' },
  ascii4: { kind: LENGTH.ascii, lengthBytes: 4, polls: 'ignore' },
  ascii5: { kind: LENGTH.ascii, lengthBytes: 5, polls: 'ignore' },
  ascii6: { kind: LENGTH.ascii, lengthBytes: 6, polls: 'ignore' },
  hex4: { kind: LENGTH.hex, lengthBytes: 4 },
  bcd2: { kind: LENGTH.bcd, lengthBytes: 2, tpdu: true },
  base24: { kind: LENGTH.binary, lengthBytes: 2, etx: true, polls: 'echo' },
  vml: { kind: LENGTH.binary, lengthBytes: 2, fixedBytes: 4, flags: true, polls: 'echo' },
};

/** The TPDU of our own requests where the configuration gives none. */
const TPDU_DEFAULT = '6000000000';

/**
 * The framing of that name.
 * @throws IsoError `HF_ISO_FRAMING` that names the option and the rule
 */
export function framingByName(name: FramingName, options: FramingOptions = {}): Framing {
  if (!FRAMING_NAMES.includes(name)) {
    throw new IsoError('HF_ISO_FRAMING', '', -1, `one of ${FRAMING_NAMES.join(', ')}, not '${name}'`);
  }
  if (name === 'stx-etx') {
    for (const key of ['tpdu', 'countsItself', 'polls'] as const) {
      if (options[key] !== undefined) throw wrong(key, 'goes with a length, which stx-etx has none of');
    }
    return new StxEtxFraming(options.binary === true);
  }
  if (options.binary !== undefined) throw wrong('binary', 'goes with stx-etx only');
  return new LengthFraming(layout(name, FORMS[name], options));
}

/** The framing of a configuration. */
export function framingOf(spec: FramingSpec): Framing {
  if (typeof spec === 'string') return framingByName(spec);
  const { name, ...options } = spec;
  return framingByName(name, options);
}

function layout(name: FramingName, form: Form, options: FramingOptions): LengthLayout {
  const { kind, lengthBytes, lengthAt = 0, fixedBytes = lengthBytes, etx = false, flags = false } = form;
  const itself = options.countsItself ?? form.countsItself ?? false;
  return {
    name,
    kind,
    lengthBytes,
    lengthAt,
    fixedBytes,
    etx,
    flags,
    counted: itself ? lengthBytes : 0,
    polls: options.polls ?? form.polls ?? 'message',
    transport: transport(options.tpdu ?? form.tpdu ?? false),
  };
}

function transport(tpdu: boolean | string): Uint8Array | null {
  if (tpdu === false) return null;
  const bytes = Buffer.from(tpdu === true ? TPDU_DEFAULT : tpdu, 'hex');
  if (bytes.length !== TPDU_BYTES) throw wrong('tpdu', 'is ten hexadecimal digits, true or false');
  return bytes;
}

function wrong(option: string, rule: string): IsoError {
  return new IsoError('HF_ISO_FRAMING', option, -1, rule);
}
