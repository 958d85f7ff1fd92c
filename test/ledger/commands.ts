import { BOOK } from '../../ledger/books.js';
import { COMMAND, Command, DIRECTION } from '../../ledger/command.js';
import { fundsFingerprint } from '../../ledger/funds-key.js';

export type Kind = keyof typeof COMMAND;

type Words = 'token' | 'originalToken' | 'key' | 'originalKey';

/** The members of a command in plain numbers; keys and tokens too, which `words` spreads. */
export type Fields = Partial<Record<Words, number>> &
  Rest &
  Partial<Omit<Command, 'kind' | 'identifierWords' | 'plain' | keyof Rest | Words>>;

interface Rest {
  readonly identifiers?: Uint8Array;
  /** The class that the key is to have, whatever its number gives (ISO 8583:1987 clause 4.1.2). */
  readonly keyClass?: number;
}

/** What is asked of a ledger: the kind of a command and the members that matter to it. */
export type Asked = Fields & { readonly kind: Kind };

/** Added to the numbers of the keys of funds. */
const FUNDS = 1_000_000;

/** The command that was asked for; what isn't given is 0. */
export function commandOf(asked: Asked): Command {
  const { kind, token = 0, originalToken = 0, key = 0, originalKey = 0, ...others } = asked;
  const { identifiers, keyClass, ...rest } = others;
  const command = Object.assign(new Command(), rest);
  if (identifiers !== undefined) command.identifiers.set(identifiers);
  command.kind = COMMAND[kind];
  words(token, command.token);
  words(originalToken, command.originalToken);
  words(key, command.key);
  if (kind === 'postFunds' || kind === 'transferFunds') {
    // As those of funds are, of no message; and the content by what is asked, unless that is what matters.
    words(FUNDS + key, command.key);
    command.key[0] = command.key[0]! | 0x80f0_0000;
    if (rest.fingerprint === undefined) command.fingerprint = fundsFingerprint(command);
  }
  if (keyClass !== undefined) command.key[0] = (command.key[0]! & 0xff0f_ffff) | (keyClass << 20);
  words(originalKey, command.originalKey);
  return command;
}

type Funds = Fields & { readonly key: number; readonly account: number; readonly amount: number };

/** Money into an account in EUR, as it comes from elsewhere unless something else is given. */
export function fund(fields: Funds): Asked {
  return { kind: 'postFunds', currency: 978, direction: DIRECTION.in, book: BOOK.funding, ...fields };
}

/** Money out of an account, likewise. */
export function withdraw(fields: Funds): Asked {
  return fund({ direction: DIRECTION.out, ...fields });
}

/** Money from one account in EUR to another. */
export function transfer(fields: Funds & { readonly counterAccount: number }): Asked {
  return { kind: 'transferFunds', currency: 978, ...fields };
}

/** Fills the words of a key or token from one number, different ones from different numbers. */
export function words(number: number, target: Uint32Array): Uint32Array {
  for (let word = 0; word < target.length; word++) target[word] = Math.imul(number, 0x9e3779b1 + 2 * word);
  return target;
}
