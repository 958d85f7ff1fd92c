import { randomInt } from 'node:crypto';
import { RESPONSE } from '../../ledger/command.js';
import { compileDialect } from '../../parsers/compile.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { Dialect } from '../../parsers/dialect.js';
import { EDITIONS, responseText } from '../../parsers/edition.js';
import { IsoError } from '../../parsers/errors.js';
import { type Framing, frameMessage, framingOf, framingText } from '../../parsers/framing/index.js';
import { writeOwnKey } from '../../parsers/message-key.js';
import { parse } from '../../parsers/reader.js';
import { writeRetrievalKey } from '../../parsers/retrieval-key.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';
import { notPossible, Problem } from '../../tenants/api/problem.js';
import type {
  Exchange,
  SandboxPort,
  Sending,
  Sent,
  SimulatedMessage,
  Stamp,
} from '../../tenants/api/sandbox-port.js';
import type { LinkConfig } from '../config-schema.js';
import { classOf, compose, signOn } from './compose.js';
import { explain } from './explain.js';
import { Processor } from './processor.js';

const KEY_WORDS = 3;
/** For connecting, and for a reply. */
const ANSWER_MS = 10_000;
/** Answers that are not in the journal. */
const UNDECIDED = [RESPONSE.formatError, RESPONSE.issuerInoperative, RESPONSE.duplicate];
const STANS = 999_999;
const REFERENCES = 1_000_000_000_000;

/** A link as the thread that sends to it knows it. */
export interface SandboxLink {
  readonly config: LinkConfig;
  /** The listener's own, so that a file that was changed since does not part them. */
  readonly dialect: Dialect;
}

/** What speaks to one link. */
interface Line {
  readonly dialect: CompiledDialect;
  readonly framing: Framing;
  readonly processor: Processor;
}

/** A processor for tenants who try things out: it sends to the switch's own listeners, as any other does. */
export class Sandbox implements SandboxPort {
  readonly #links: readonly SandboxLink[];
  readonly #lines = new Map<string, Line>();
  readonly #view = new MessageView();
  readonly #answerMs: number;
  #ports: readonly number[] = [];
  #stan = randomInt(STANS);

  constructor(links: readonly SandboxLink[], answerMs = ANSWER_MS) {
    this.#links = links;
    this.#answerMs = answerMs;
  }

  /** The links listen now, each on its port. */
  listening(ports: readonly number[]): void {
    this.#ports = ports;
  }

  close(): void {
    for (const { processor } of this.#lines.values()) processor.close();
    this.#lines.clear();
    this.#ports = [];
  }

  newStamp(): Stamp {
    this.#stan = (this.#stan % STANS) + 1;
    const reference = String(randomInt(1, REFERENCES)).padStart(12, '0');
    return { stan: this.#stan, at: Date.now(), reference };
  }

  async send(message: SimulatedMessage, sending: Sending): Promise<Sent> {
    const link = this.#choose(sending);
    const { dialect, framing, processor } = this.#line(link);
    const { config } = link;
    const byRetrieval = config.messageKey === 'retrieval';
    const text = compose(dialect, message, sending.stamp, byRetrieval);
    const ask = async (mti: string): Promise<Exchange> => {
      const frame = frameOf(dialect, framing, { ...text, mti });
      return explain(dialect, framing, classOf(message), await processor.ask(frame));
    };
    const first = await ask(text.mti);
    const exchanges: [Exchange, ...Exchange[]] = [first];
    if (sending.repeat) exchanges.push(await ask(`${text.mti.slice(0, 3)}1`));
    return {
      link: config.name,
      dialect: dialect.name,
      framing: framingText(config.framing),
      decided: !UNDECIDED.some(
        (code) => responseText(EDITIONS[dialect.version]!, classOf(message), code) === first.responseCode,
      ),
      key: this.#keyOf(dialect, framing, first, classOf(message), byRetrieval),
      exchanges,
    };
  }

  /** The link of that name, or the first that speaks a dialect of that name. */
  #choose({ link, dialect }: Sending): SandboxLink {
    const found = this.#links.find(
      ({ config, dialect: { name } }) =>
        (link === undefined || config.name === link) && (dialect === undefined || name === dialect),
    );
    if (found !== undefined) return found;
    if (link !== undefined && dialect === undefined)
      throw notPossible('/link', 'exists', 'there is no such link');
    throw notPossible('/dialect', 'exists', 'no such link speaks this dialect');
  }

  #line(link: SandboxLink): Line {
    const { config } = link;
    const known = this.#lines.get(config.name);
    if (known !== undefined) return known;
    const port = this.#ports[this.#links.indexOf(link)];
    if (port === undefined) throw new Problem('HF_UNAVAILABLE', 'the switch starts or stops', undefined, 1);
    const dialect = compileDialect(link.dialect);
    const framing = framingOf(config.framing);
    const greeting = config.signOnRequired
      ? () => frameOf(dialect, framing, signOn(dialect, this.newStamp()))
      : null;
    const address = { host: reachable(config.host), port };
    const line = {
      dialect,
      framing,
      processor: new Processor(dialect, framing, address, greeting, this.#answerMs),
    };
    this.#lines.set(config.name, line);
    return line;
  }

  /** The key of a request; what is hidden of it is no part of that. */
  #keyOf(
    dialect: CompiledDialect,
    framing: Framing,
    { request }: Exchange,
    messageClass: number,
    byRetrieval: boolean,
  ): Buffer {
    const view = this.#view;
    const frame = Buffer.from(request.bytes, 'hex');
    if (!parse(view, dialect, frame, framing.headBytes, frame.length - framing.tailBytes)) throw view.error();
    const words = new Uint32Array(KEY_WORDS);
    if (byRetrieval) writeRetrievalKey(view, messageClass, words, 0);
    else writeOwnKey(view, EDITIONS[dialect.version]!, messageClass, words, 0);
    const key = Buffer.alloc(4 * KEY_WORDS);
    for (const [index, word] of words.entries()) key.writeUInt32BE(word, 4 * index);
    return key;
  }
}

/** @throws Problem `HF_NOT_POSSIBLE` where the dialect has no place for a value */
function frameOf(dialect: CompiledDialect, framing: Framing, message: MessageText): Buffer {
  try {
    return frameMessage(framing, build(dialect, message));
  } catch (error) {
    if (!(error instanceof IsoError)) throw error;
    // It names a field of the dialect and a rule, never a value.
    throw notPossible('', 'dialect', `the dialect ${dialect.name} can’t say it: ${error.message}`);
  }
}

/** Where this machine reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
