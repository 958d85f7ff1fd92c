import { Type } from '@sinclair/typebox';
import { nameSchema } from './api.js';

/** A wallet token, as the document names it. */
export const TokenSchema = Type.Object(
  {
    id: nameSchema('tok', 'Names the token.'),
    object: Type.Literal('token'),
    card: nameSchema('card', 'The card that it stands for.'),
    wallet: Type.String({ description: 'Whose wallet it is in.' }),
    status: Type.String({ description: '`active`, `frozen` or `closed`, besides what the card is.' }),
    last4: Type.String({ description: 'Last digits of its number.' }),
    exp_month: Type.Integer(),
    exp_year: Type.Integer(),
    channels: Type.Array(Type.String(), { description: 'Where it can pay, if its card can.' }),
    created: Type.String({ format: 'date-time' }),
  },
  { $id: 'Token', title: 'Wallet token' },
);
