import { once } from 'node:events';
import net from 'node:net';
import { dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';

const dialect = dialectByName('iso87-ascii');
const HEADER_BYTES = 2;
const ECHOED = [2, 4, 7, 11, 32, 37, 49];

/** DE39, and DE38 or ''. */
export interface Answer {
  readonly code: string;
  readonly approval: string;
}

/** A message of a processor, with every answer that came to it and to its repeats, in the order they came. */
export interface Message {
  readonly class: 'authorisation' | 'reversal';
  readonly fields: Readonly<Record<number, string>>;
  /** Index of the connection that it goes by, also when it is repeated, so that its order with others is kept. */
  readonly link: number;
  /** Of a reversal: what it reverses. */
  readonly original?: Message;
  readonly answers: Answer[];
}

const MTI = {
  authorisation: { first: '0100', repeat: '0101', response: 110 },
  reversal: { first: '0400', repeat: '0401', response: 410 },
} as const;

/** Told what happens on a link. */
export interface LinkObserver {
  onAnswer(code: string): void;
  /** Some answers came, or the connection is lost. */
  onTurn(): void;
  /** What no switch may do: to answer what nobody asked, or twice, or with another message's fields. */
  onFault(fault: string): void;
}

/** One connection of a processor: keeps what was sent and not answered, and matches what comes back to it. */
export class Link {
  /** Sent and not answered; a message that was repeated meanwhile counts once for each time. */
  outstanding = 0;
  open = true;
  readonly #socket: net.Socket;
  readonly #waiting = new Map<string, { readonly message: Message; times: number }>();
  readonly #view = new MessageView();
  readonly #observer: LinkObserver;
  #unread: Buffer = Buffer.alloc(0);

  static async connect(port: number, observer: LinkObserver): Promise<Link> {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Link(socket, observer);
  }

  private constructor(socket: net.Socket, observer: LinkObserver) {
    this.#socket = socket;
    this.#observer = observer;
    // The other side is killed; what matters is that the connection closes.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.open = false;
      observer.onTurn();
    });
    socket.on('data', (bytes) => {
      this.#read(bytes);
      observer.onTurn();
    });
  }

  send(message: Message, repeats: boolean): void {
    const mti = MTI[message.class];
    const body = build(dialect, { mti: repeats ? mti.repeat : mti.first, fields: message.fields });
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(body.length);
    this.#socket.write(Buffer.concat([header, body]));
    const key = `${mti.response} ${message.fields[11]}`;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, { message, times: 1 });
    else waiting.times++;
    this.outstanding++;
  }

  /** Gathers the frames of several {@link send}s into one write. */
  together(send: () => void): void {
    this.#socket.cork();
    send();
    this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const unread = this.#unread;
      if (unread.length < HEADER_BYTES) return;
      const end = HEADER_BYTES + unread.readUInt16BE();
      if (unread.length < end) return;
      this.#unread = unread.subarray(end);
      this.#match(unread, end);
    }
  }

  #match(bytes: Buffer, end: number): void {
    const view = this.#view;
    if (!parse(view, dialect, bytes, HEADER_BYTES, end)) {
      this.#observer.onFault(`an unreadable reply: ${view.error().message}`);
      return;
    }
    const key = `${view.mti} ${view.text(11)}`;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#observer.onFault(`a reply that nothing waits for: ${key}, ${view.text(39)}`);
      return;
    }
    const { message } = waiting;
    if (--waiting.times === 0) this.#waiting.delete(key);
    this.outstanding--;
    const wrong = ECHOED.find((field) => view.text(field) !== message.fields[field]);
    if (wrong !== undefined) this.#observer.onFault(`the reply to ${key} has another DE${wrong}`);
    const code = view.text(39);
    message.answers.push({ code, approval: view.text(38) });
    this.#observer.onAnswer(code);
  }
}
