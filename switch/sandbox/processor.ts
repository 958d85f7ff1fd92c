import net from 'node:net';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { cutFrames, type Framing } from '../../parsers/framing/index.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { Problem } from '../../tenants/api/problem.js';

/** Messages without a reply yet; more are refused. */
const PENDING_MAX = 64;
const STAN = 11;
const STAN_DIGITS = 6;

/** Frames as they went and came. */
export interface Answered {
  readonly request: Buffer;
  readonly reply: Buffer;
  /** From the write to the read that completed the reply. */
  readonly latencyUs: number;
}

interface Pending {
  readonly request: Buffer;
  readonly sentMs: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (answered: Answered) => void;
  readonly reject: (problem: Problem) => void;
}

/**
 * A processor: one TCP connection to a listener, opened when something is to be sent and opened anew when it was lost.
 * Replies come in any order, and are known by DE11.
 */
export class Processor {
  readonly #dialect: CompiledDialect;
  readonly #framing: Framing;
  readonly #address: { readonly host: string; readonly port: number };
  /** What is sent first on each connection; null where nobody has to sign on. */
  readonly #signOn: (() => Buffer) | null;
  readonly #answerMs: number;
  readonly #pending = new Map<number, Pending>();
  readonly #view = new MessageView();
  #connection: Promise<net.Socket> | null = null;
  /** The socket of it, once it is connected. */
  #socket: net.Socket | null = null;
  #unread: Buffer = Buffer.alloc(0);

  /** @param answerMs for connecting, and for a reply */
  constructor(
    dialect: CompiledDialect,
    framing: Framing,
    address: { readonly host: string; readonly port: number },
    signOn: (() => Buffer) | null,
    answerMs: number,
  ) {
    this.#dialect = dialect;
    this.#framing = framing;
    this.#address = address;
    this.#signOn = signOn;
    this.#answerMs = answerMs;
  }

  /**
   * Sends a frame, and waits for its reply.
   * @throws Problem `HF_NO_ANSWER`, `HF_BUSY`, `HF_UNAVAILABLE`
   */
  async ask(frame: Buffer): Promise<Answered> {
    return this.#send(await this.#connected(), frame);
  }

  close(): void {
    void this.#connection?.then(
      (socket) => socket.destroy(),
      // Nothing was opened.
      () => {},
    );
  }

  #connected(): Promise<net.Socket> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<net.Socket> {
    try {
      const socket = await this.#connect();
      if (this.#signOn !== null) await this.#send(socket, this.#signOn());
      return socket;
    } catch (error) {
      // The next message tries again.
      this.#socket?.destroy();
      this.#connection = null;
      throw error;
    }
  }

  #connect(): Promise<net.Socket> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ ...this.#address, noDelay: true });
      const refuse = () => {
        socket.destroy();
        reject(new Problem('HF_UNAVAILABLE', 'the listener can’t be reached', undefined, 1));
      };
      const timer = setTimeout(refuse, this.#answerMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#socket = socket;
        resolve(socket);
      });
      socket.on('error', () => {
        clearTimeout(timer);
        refuse();
      });
      socket.on('data', (bytes) => this.#read(socket, bytes));
      socket.on('close', () => this.#closed(socket));
      // Nobody waits for a thread to end because of it.
      socket.unref();
    });
  }

  #send(socket: net.Socket, request: Buffer): Promise<Answered> {
    const stan = this.#stanOf(request);
    if (socket.destroyed) return Promise.reject(new Problem('HF_UNAVAILABLE', undefined, undefined, 1));
    if (this.#pending.size >= PENDING_MAX || this.#pending.has(stan)) {
      return Promise.reject(new Problem('HF_BUSY', undefined, undefined, 1));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(stan)?.reject(new Problem('HF_NO_ANSWER')), this.#answerMs);
      this.#pending.set(stan, { request, sentMs: performance.now(), timer, resolve, reject });
      socket.write(request);
    });
  }

  #read(socket: net.Socket, bytes: Buffer): void {
    const now = performance.now();
    this.#unread = Buffer.concat([this.#unread, bytes]);
    const { frames, rest, lost } = cutFrames(this.#framing, this.#unread);
    for (const { at, bytes: length, poll } of frames) {
      if (poll) continue;
      const reply = Buffer.from(this.#unread.subarray(at, at + length));
      const pending = this.#settle(this.#stanOf(reply));
      if (pending === undefined) continue;
      const { request, sentMs, resolve } = pending;
      resolve({ request, reply, latencyUs: Math.round(1000 * (now - sentMs)) });
    }
    this.#unread = this.#unread.subarray(rest);
    if (lost) socket.destroy();
  }

  /** The last six digits of DE11; −1 where there is none. */
  #stanOf(frame: Buffer): number {
    const view = this.#view;
    const { headBytes, tailBytes } = this.#framing;
    const read = parse(view, this.#dialect, frame, headBytes, frame.length - tailBytes);
    if (!read || !view.has(STAN)) return -1;
    const units = view.units[STAN]!;
    return view.digits(STAN, Math.max(0, units - STAN_DIGITS), Math.min(units, STAN_DIGITS));
  }

  #settle(stan: number): Pending | undefined {
    const pending = this.#pending.get(stan);
    if (pending === undefined) return undefined;
    this.#pending.delete(stan);
    clearTimeout(pending.timer);
    return pending;
  }

  #closed(socket: net.Socket): void {
    // One that never came about has nothing that waits for it.
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#connection = null;
    this.#unread = Buffer.alloc(0);
    for (const stan of this.#pending.keys()) {
      this.#settle(stan)!.reject(new Problem('HF_NO_ANSWER', 'the switch closed the connection'));
    }
  }
}
