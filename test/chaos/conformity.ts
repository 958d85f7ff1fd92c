import { PanTokeniser, tokenOfHash } from '../../parsers/pan-token.js';
import type { ListedCard } from '../../switch/demo-cards.js';
import type { Keys } from '../../tenants/keys.js';
import type { Message } from './link.js';
import type { Recorded } from './recorded.js';

const APPROVED = '00';
const NOT_IN_TIME = '91';

/**
 * What is wrong between the answers that a processor got and the journal. An answer stands in the journal, once,
 * as it was given. 91 says that nothing is held: either the journal has nothing, and a repeat may be decided anew;
 * or it has the authorisation with its undoing, and nothing but 91 is ever answered. To a reversal, 91 only says that
 * it is to be repeated.
 */
export function contradictions(messages: readonly Message[], recorded: Recorded): string[] {
  return messages.flatMap((message) => {
    const wrong = contradiction(message, recorded);
    if (wrong === undefined) return [];
    const { class: messageClass, fields, answers } = message;
    const said = answers.map(({ code, approval }) => code + approval).join(', ');
    const entry = JSON.stringify(recorded.of(message));
    return [`${messageClass} ${fields[11]}: ${wrong}; answers ${said}; journal ${entry}`];
  });
}

function contradiction(message: Message, recorded: Recorded): string | undefined {
  const { answers } = message;
  const entry = recorded.of(message);
  if (entry !== undefined && entry.times !== 1) return 'in the journal more than once';
  const first = answers.findIndex(({ code }) => code !== NOT_IN_TIME);
  if (first < 0) {
    const stays = entry !== undefined && !entry.voided && message.class === 'authorisation';
    return stays && answers.length > 0 ? 'answered 91, and not undone' : undefined;
  }
  if (entry === undefined) return 'answered, and not in the journal';
  if (entry.voided) return 'undone, and not answered 91';
  const { code, approval } = entry.answer;
  const told =
    message.class === 'reversal'
      ? answers.filter((answer) => answer.code !== NOT_IN_TIME)
      : answers.slice(first);
  const same = told.every((answer) => answer.code === code && answer.approval === approval);
  return same ? undefined : 'answered otherwise than it was decided';
}

/**
 * Where a card's available amount is not what the journal adds up to, or not what the processor knows: what there
 * was before the load, less what was approved and not reversed. Every message must have its last answer.
 */
export function imbalances(
  before: readonly ListedCard[],
  now: readonly ListedCard[],
  messages: readonly Message[],
  recorded: Recorded,
  keys: Keys,
): string[] {
  const known = new Map(before.map(({ pan, available }) => [pan, BigInt(available)]));
  const approved = messages.filter(({ answers }) => answers.at(-1)?.code === APPROVED);
  const reversed = new Set(approved.map(({ original }) => original));
  for (const message of approved) {
    if (message.class !== 'authorisation' || reversed.has(message)) continue;
    const { 2: pan, 4: amount } = message.fields;
    known.set(pan!, known.get(pan!)! - BigInt(amount!));
  }
  const tokeniser = new PanTokeniser(keys.tokenKey);
  return now.flatMap(({ tenant, pan, available }) => {
    const journal = recorded.available(tenant, tokenOfHash(tokeniser.hash(Buffer.from(pan))));
    const processor = known.get(pan);
    if (journal === BigInt(available) && processor === journal) return [];
    return [
      `card …${pan.slice(-4)} of ${tenant}: available ${available}, by the journal ${journal}, by the processor ${processor}`,
    ];
  });
}
