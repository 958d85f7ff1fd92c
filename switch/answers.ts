import type { Decision } from '../ledger/command.js';
import type { Batch } from '../parsers/batch.js';
import { DECISION_BYTES } from '../parsers/reply.js';
import { ReplyValues } from '../parsers/reply-values.js';
import type { Connection } from './connection.js';
import type { Counters } from './counters.js';
import type { Link } from './link.js';

export interface AnswersSettings {
  readonly counters: Counters;
  readonly connection: (id: number) => Connection | undefined;
  /** By index of the link. */
  readonly links: readonly Link[];
}

/** Completes the prepared replies of messages on their connections, and lets them go when it is told. */
export class Answers {
  readonly #settings: AnswersSettings;
  readonly #reply = new ReplyValues();
  /** Those with replies that are not sent yet. */
  readonly #touched: Connection[] = [];

  constructor(settings: AnswersSettings) {
    this.#settings = settings;
  }

  /** Answers what was decided. */
  tell(batch: Batch, index: number, decision: Decision): void {
    const reply = this.#reply.answer(decision.responseCode, decision.approvalCode);
    reply.amount = decision.approvedAmount;
    reply.balanceCurrency = decision.balanceCurrency;
    reply.availableBalance = decision.availableBalance;
    reply.ledgerBalance = decision.ledgerBalance;
    this.#gather(batch, index, reply);
  }

  /** An answer with no more than DE39. */
  tellCode(batch: Batch, index: number, responseCode: number): void {
    this.#gather(batch, index, this.#reply.answer(responseCode, 0));
  }

  /** Sends what was gathered. */
  flush(): void {
    for (const connection of this.#touched) connection.flush();
    this.#touched.length = 0;
  }

  /** Gathers the reply on its connection, if that is still there. */
  #gather(batch: Batch, index: number, reply: ReplyValues): void {
    const { columns } = batch;
    const { counters, links } = this.#settings;
    counters.answered(columns.tenant[index]!, reply.responseCode);
    counters.replyUs.record((performance.now() - columns.receivedAt[index]!) * 1000);
    const connection = this.#settings.connection(columns.connection[index]!);
    if (connection === undefined) return;
    const { framing, completion } = links[columns.listener[index]!]!;
    const { headBytes, tailBytes, transportBytes } = framing;
    if (!connection.gathered) this.#touched.push(connection);
    const at = connection.reserve(headBytes + columns.replyLength[index]! + DECISION_BYTES + tailBytes);
    const { out } = connection;
    const message = at + headBytes - transportBytes;
    const length = completion.complete(batch, index, reply, out, message);
    // A framing that can't carry the reply, as a delimiter in it, is its own refusal: the sender will repeat.
    connection.wrote(Math.max(0, framing.finish(out, at, length - transportBytes)));
    connection.settled();
  }
}
