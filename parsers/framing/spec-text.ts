import { IsoError } from '../errors.js';
import { FRAMING_NAMES, type FramingName, type FramingOptions } from './framing.js';
import type { FramingSpec } from './schema.js';

/** A framing in one word: `length2`, `length2-header,countsItself`, `bcd2,tpdu=false`. */
export function framingText(spec: FramingSpec): string {
  if (typeof spec === 'string') return spec;
  const { name, ...options } = spec;
  const texts = Object.entries(options).map(([key, value]) => (value === true ? key : `${key}=${value}`));
  return [name, ...texts].join(',');
}

/**
 * Reads what {@link framingText} writes.
 * @throws IsoError `HF_ISO_FRAMING` that names what is not known
 */
export function framingFromText(text: string): FramingSpec {
  const [name = '', ...options] = text.split(',');
  if (!(FRAMING_NAMES as readonly string[]).includes(name)) {
    throw new IsoError('HF_ISO_FRAMING', '', -1, `one of ${FRAMING_NAMES.join(', ')}`);
  }
  const spec: { name: FramingName } & { -readonly [key in keyof FramingOptions]: FramingOptions[key] } = {
    name: name as FramingName,
  };
  for (const option of options) {
    const [key = '', value = 'true'] = option.split('=');
    if (key === 'tpdu') spec.tpdu = value === 'true' ? true : value === 'false' ? false : value;
    else if (key === 'countsItself' || key === 'binary') spec[key] = value === 'true';
    else if (key === 'polls' && (value === 'echo' || value === 'ignore' || value === 'message')) {
      spec.polls = value;
    } else {
      const rule = 'options are tpdu, countsItself, polls=echo|ignore|message, binary';
      throw new IsoError('HF_ISO_FRAMING', '', -1, rule);
    }
  }
  return options.length === 0 ? spec.name : spec;
}
