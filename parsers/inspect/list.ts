import type { CompiledDialect } from '../compiled-dialect.js';
import { emvMeaning } from '../meaning/emv-bits.js';
import { fieldMeaning } from '../meaning/field.js';
import { mtiText } from '../meaning/mti.js';
import type { MessageView } from '../view.js';
import { type InspectOptions, readMessage } from './inspect.js';
import { isAsked } from './path-filter.js';
import type { Shown } from './tree.js';

/** One value of a message, for comparing and filtering. */
export interface ListedField {
  /** `mti`, `4`, `54.1.4`, `55.9F26`. */
  readonly path: string;
  readonly name: string;
  /** Masked unless revealed. */
  readonly value: string;
  readonly meaning: string;
}

/**
 * The values of a message in the order of the wire: MTI, then each field that has nothing inside, or its parts.
 * @throws IsoError as `inspect` does
 */
export function listFields(
  bytes: Uint8Array,
  dialect: CompiledDialect,
  options: InspectOptions = {},
): ListedField[] {
  const { view, fields } = readMessage(bytes, dialect, options);
  const mti = view.mti < 0 ? '' : String(view.mti).padStart(4, '0');
  const listed = [{ path: 'mti', name: 'Message type identifier', value: mti, meaning: mtiText(mti) }];
  list(listed, view, fields, '');
  return listed.filter(({ path }) => isAsked(options.filter, path));
}

function list(to: ListedField[], view: MessageView, fields: readonly Shown[], currency: string): void {
  for (const shown of fields) {
    const { path, name, value, parts } = shown;
    if (parts.length > 0) list(to, view, parts, currencyInside(shown, currency));
    else to.push({ path, name, value, meaning: shownMeaning(view, shown, currency) });
  }
}

/** The currency code that amounts inside a field are in; `outside` where there is none. */
export function currencyInside({ parts }: Shown, outside: string): string {
  return parts.find(({ field }) => field.class === 'currency')?.value ?? outside;
}

/** What a field says; '' for what is masked. `currency` is that of its group, '' for the message's. */
export function shownMeaning(
  view: MessageView,
  { field, path, key, value, tagged, hidden }: Shown,
  currency: string,
): string {
  if (hidden) return '';
  if (tagged) return field.content === 'b' ? emvMeaning(key, value) : '';
  return fieldMeaning(field.class, path, value, (other) =>
    currency !== '' ? currency : view.has(other) ? view.text(other) : '',
  );
}
