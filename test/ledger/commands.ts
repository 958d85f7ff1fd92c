import { COMMAND, Command } from '../../ledger/command.js';

export type Kind = keyof typeof COMMAND;

type Words = 'token' | 'originalToken' | 'key' | 'originalKey';

/** The members of a command in plain numbers; keys and tokens too, which `words` spreads. */
export type Fields = Partial<Record<Words, number>> & Partial<Omit<Command, 'kind' | 'identifiers' | Words>>;

/** What is asked of a ledger: the kind of a command and the members that matter to it. */
export type Asked = Fields & { readonly kind: Kind };

/** The command that was asked for; what isn't given is 0. */
export function commandOf({ kind, token = 0, originalToken = 0, key = 0, originalKey = 0, ...rest }: Asked) {
  const command = Object.assign(new Command(), rest);
  command.kind = COMMAND[kind];
  words(token, command.token);
  words(originalToken, command.originalToken);
  words(key, command.key);
  words(originalKey, command.originalKey);
  return command;
}

/** Fills the words of a key or token from one number, different ones from different numbers. */
export function words(number: number, target: Uint32Array): Uint32Array {
  for (let word = 0; word < target.length; word++) target[word] = Math.imul(number, 0x9e3779b1 + 2 * word);
  return target;
}
