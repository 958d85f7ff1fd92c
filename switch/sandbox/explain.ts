import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { readDocument } from '../../parsers/document.js';
import { approves, EDITIONS, responseText } from '../../parsers/edition.js';
import { type Framing, frameMessage } from '../../parsers/framing/index.js';
import { inspect } from '../../parsers/inspect/inspect.js';
import { responseText as meaningOf } from '../../parsers/meaning/response-codes.js';
import { parse } from '../../parsers/reader.js';
import { redact } from '../../parsers/redact.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';
import type { Exchange, ShownMessage } from '../../tenants/api/sandbox-port.js';
import type { Answered } from './processor.js';

const AMOUNT_DIGITS = 12;
const LEDGER = '01';
const AVAILABLE = '02';

/** What went and came, so that everybody may see it. */
export function explain(
  dialect: CompiledDialect,
  framing: Framing,
  messageClass: number,
  { request, reply, latencyUs }: Answered,
): Exchange {
  const view = new MessageView();
  const { headBytes, tailBytes } = framing;
  if (!parse(view, dialect, reply, headBytes, reply.length - tailBytes)) throw view.error();
  const edition = EDITIONS[dialect.version]!;
  const responseCode = view.text(39);
  const approved =
    approves(edition, responseCode.charCodeAt(0), responseCode.charCodeAt(1)) ||
    responseCode === responseText(edition, messageClass, 0);
  const amount = view.text(4).slice(-AMOUNT_DIGITS);
  return {
    request: shown(dialect, framing, request),
    reply: shown(dialect, framing, reply),
    latencyUs,
    approved,
    responseCode,
    meaning: meaningOf(responseCode),
    approvalCode: view.text(38).trim() || null,
    amount: approved && amount !== '' ? Number(amount) : null,
    balances: balancesOf(view.text(54), edition.additionalAmount),
  };
}

/**
 * A frame as it may be shown: in its bytes, digits of a PAN are zeros where they may not be seen, and a PIN is; all else is
 * as it went over the wire.
 */
function shown(dialect: CompiledDialect, framing: Framing, frame: Buffer): ShownMessage {
  const { mti, fields } = inspect(frame, dialect, { framing });
  const { message } = readDocument(redact(frame, dialect, { framing }));
  const bytes = frameMessage(framing, build(dialect, message));
  // Of a reply it has the addresses the other way round.
  const transportAt = framing.headBytes - framing.transportBytes;
  frame.copy(bytes, transportAt, transportAt, framing.headBytes);
  return { mti, bytes: bytes.toString('hex').toUpperCase(), fields };
}

/** The balances in DE54: account type 2, amount type 2, currency 3, in 2003 an exponent, C or D, amount 12. */
function balancesOf(text: string, length: number): Exchange['balances'] {
  const amounts = new Map<string, number>();
  for (let at = 0; at + length <= text.length; at += length) {
    const one = text.slice(at, at + length);
    const sign = one.at(-1 - AMOUNT_DIGITS) === 'D' ? -1 : 1;
    amounts.set(one.slice(2, 4), sign * Number(one.slice(-AMOUNT_DIGITS)));
  }
  const ledger = amounts.get(LEDGER);
  const available = amounts.get(AVAILABLE);
  if (ledger === undefined || available === undefined) return null;
  return { ledger, available, currency: text.slice(4, 7) };
}
