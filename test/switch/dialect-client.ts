import { once } from 'node:events';
import net from 'node:net';
import type { Test } from 'tap';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { type Framing, type FramingSpec, framingOf } from '../../parsers/framing/index.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';

/** What came from the switch: a message, or a poll that it sent back. */
export interface Received {
  /** The whole frame. */
  readonly frame: Buffer;
  readonly poll: boolean;
  readonly mti: string;
  /** Text of every field by number. */
  readonly fields: Readonly<Record<number, string>>;
}

/** The fields of a message on the wire. */
export function fieldsOf(dialect: CompiledDialect, message: Uint8Array): Pick<Received, 'mti' | 'fields'> {
  const view = new MessageView();
  if (!parse(view, dialect, message, 0, message.length)) throw view.error();
  const fields: Record<number, string> = {};
  for (let field = 2; field <= view.highest; field++) if (view.has(field)) fields[field] = view.text(field);
  return { mti: String(view.mti).padStart(4, '0'), fields };
}

/** A processor that speaks any dialect in any framing, one request at a time. */
export class DialectClient {
  readonly socket: net.Socket;
  readonly framing: Framing;
  /** Frames that nobody has waited for yet. */
  readonly #received: Received[] = [];
  readonly #dialect: CompiledDialect;
  #unread: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (received: Received) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: net.Socket, dialect: CompiledDialect, framing: Framing) {
    this.socket = socket;
    this.framing = framing;
    this.#dialect = dialect;
    socket.on('data', (bytes) => this.#read(bytes));
    // What went wrong is told to who waits, by the close that follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#waiting?.reject(new Error('the switch closed the connection')));
  }

  static async connect(t: Test, port: number, dialect: CompiledDialect, framing: FramingSpec) {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new DialectClient(socket, dialect, framingOf(framing));
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return client;
  }

  /** The frame of a message. */
  frame(message: MessageText): Buffer {
    const { framing } = this;
    const body = build(this.#dialect, message);
    const frame = Buffer.alloc(framing.headBytes + body.length + framing.tailBytes);
    framing.address(frame, 0);
    frame.set(body, framing.headBytes);
    const length = framing.finish(frame, 0, body.length);
    if (length !== frame.length) throw new Error('the framing can’t carry the message');
    return frame;
  }

  async request(message: MessageText): Promise<Received> {
    return this.send(this.frame(message));
  }

  /** Sends bytes; resolves with the next frame that comes. */
  send(bytes: Uint8Array): Promise<Received> {
    this.socket.write(bytes);
    return this.next();
  }

  /** Sends bytes one at a time, each on its own. */
  async trickle(bytes: Uint8Array): Promise<Received> {
    for (const byte of bytes) {
      await new Promise<void>((resolve, reject) =>
        this.socket.write(Uint8Array.of(byte), (error) => (error ? reject(error) : setImmediate(resolve))),
      );
    }
    return this.next();
  }

  next(): Promise<Received> {
    const received = this.#received.shift();
    if (received !== undefined) return Promise.resolve(received);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    const { framing } = this;
    for (;;) {
      const total = framing.measure(this.#unread, 0, this.#unread.length);
      if (total < 0) throw new Error('the switch broke the framing');
      if (total === 0 || total > this.#unread.length) return;
      const frame = this.#unread.subarray(0, total);
      const { poll, messageBytes, headBytes } = framing;
      this.#unread = this.#unread.subarray(total);
      const message = frame.subarray(headBytes, headBytes + messageBytes);
      const content = poll ? { mti: '', fields: {} } : fieldsOf(this.#dialect, message);
      this.#take({ frame, poll, ...content });
    }
  }

  #take(received: Received): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#received.push(received);
    else waiting.resolve(received);
  }
}
