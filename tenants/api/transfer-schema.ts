import { Type } from '@sinclair/typebox';
import { nameSchema } from './api.js';
import { CurrencyOut, Nullable, Time } from './schema-parts.js';

/** By `kind` of the read model. */
export const TRANSFER_TYPES = {
  funding: 'deposit',
  withdrawal: 'withdrawal',
  adjustment: 'adjustment',
  transfer: 'transfer',
} as const;
export type TransferKind = keyof typeof TRANSFER_TYPES;

/** Funds that a tenant moved, as the document names them. */
export const TransferSchema = Type.Object(
  {
    id: nameSchema('trf', 'Names the transfer.'),
    object: Type.Literal('transfer'),
    type: Type.String({ description: '`deposit`, `withdrawal`, `adjustment` or `transfer`.' }),
    status: Type.String({ description: '`posted`, or `declined`: then nothing moved.' }),
    from: Nullable(Type.String({ description: 'The account that paid; null where `counter` did.' })),
    to: Nullable(Type.String({ description: 'The account that was paid; null where `counter` was.' })),
    counter: Nullable(
      Type.String({
        description: 'The tenant’s side: `funding`, `fees` or `suspense`; null between accounts.',
      }),
    ),
    amount: Type.Integer({ description: 'Minor units of the currency.' }),
    currency: CurrencyOut,
    description: Nullable(Type.String()),
    created: Nullable(
      Type.String({
        format: 'date-time',
        description: 'Null in the response to the request that made it: the journal has it.',
      }),
    ),
  },
  { $id: 'Transfer', title: 'Transfer' },
);

/** What changed an account's balances, as the document names it. */
export const EntrySchema = Type.Object(
  {
    id: nameSchema('ent', 'Names the entry.'),
    object: Type.Literal('entry'),
    created: Time,
    account: nameSchema('acct', 'The account.'),
    amount: Type.Integer({ description: 'Above zero where what the account can spend becomes more.' }),
    currency: CurrencyOut,
    counter: Type.String({
      description:
        'Where it came from or went to: `holds`, `settlement`, `fees`, `suspense`, `stand_in_debt` or `funding`.',
    }),
    balances: Type.Object(
      { posted: Type.Integer(), held: Type.Integer() },
      { description: 'The account’s, with this entry and all before it.' },
    ),
    authorization: Nullable(
      Type.String({ description: 'The authorization that made it, where that was one.' }),
    ),
    transfer: Nullable(Type.String({ description: 'The transfer that made it, where that was one.' })),
  },
  { $id: 'Entry', title: 'Entry' },
);
