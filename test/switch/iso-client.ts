import { once } from 'node:events';
import net from 'node:net';
import type { Test } from 'tap';
import { Iso8583, type PackageMessage } from '../parsers/iso-8583-package.js';

export type { PackageMessage } from '../parsers/iso-8583-package.js';

/** Fields that a reply brings back as they were sent. */
export const ECHOED = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49] as const;

interface Waiting {
  readonly resolve: (reply: PackageMessage) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A processor as anybody may write one: a socket, and `iso_8583` with its own formats. Replies find their
 * requests by the message class and the STAN; those of one STAN come in the order of the requests.
 */
export class IsoClient {
  readonly socket: net.Socket;
  /** Whatever came as a reply, in order. */
  readonly replies: PackageMessage[] = [];
  readonly #hex: boolean;
  readonly #waiting = new Map<string, Waiting[]>();
  #unread: Buffer = Buffer.alloc(0);

  private constructor(socket: net.Socket, hex: boolean) {
    this.socket = socket;
    this.#hex = hex;
    socket.on('data', (bytes) => this.#read(bytes));
    // What went wrong is told to those who wait, by the close that follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#fail(new Error('the switch closed the connection')));
  }

  /** @param hex the bitmap is in hexadecimal digits */
  static async connect(t: Test, port: number, hex = false): Promise<IsoClient> {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new IsoClient(socket, hex);
    await once(socket, 'connect');
    t.teardown(() => socket.destroy());
    return client;
  }

  /** Sends a message; resolves with its reply. */
  request(message: PackageMessage): Promise<PackageMessage> {
    return this.#write(pack(message, this.#hex), message);
  }

  /** Sends messages at once, in one write; resolves with their replies. */
  requestAll(messages: readonly PackageMessage[]): Promise<PackageMessage[]> {
    const waiting = messages.map((message) => this.expect(message));
    this.socket.write(Buffer.concat(messages.map((message) => pack(message, this.#hex))));
    return Promise.all(waiting);
  }

  /** The reply to a message that is sent by other means. */
  expect(message: PackageMessage): Promise<PackageMessage> {
    return new Promise((resolve, reject) => {
      const key = keyOf(message);
      const others = this.#waiting.get(key);
      if (others === undefined) this.#waiting.set(key, [{ resolve, reject }]);
      else others.push({ resolve, reject });
    });
  }

  #write(bytes: Buffer, message: PackageMessage): Promise<PackageMessage> {
    const reply = this.expect(message);
    this.socket.write(bytes);
    return reply;
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = this.#unread.length < 2 ? Number.POSITIVE_INFINITY : 2 + this.#unread.readUInt16BE();
      if (this.#unread.length < end) return;
      const reply = unpack(this.#unread.subarray(0, end), this.#hex);
      this.#unread = this.#unread.subarray(end);
      this.replies.push(reply);
      this.#waiting.get(keyOf(reply))?.shift()?.resolve(reply);
    }
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.values()) for (const { reject } of waiting) reject(error);
    this.#waiting.clear();
  }
}

function keyOf(message: PackageMessage): string {
  return `${message[0]!.slice(0, 2)} ${message[11] ?? ''}`;
}

const HEX_BITMAP = { 1: { ContentType: 'an', Label: 'Bitmap', LenType: 'fixed', MaxLen: 32 } };

/** The frame of a message: two bytes of length, big-endian, and what the package makes of it. */
export function pack(message: PackageMessage, hex = false): Buffer {
  const packed = new Iso8583({ ...message }, hex ? HEX_BITMAP : undefined).getBufferMessage();
  if (!Buffer.isBuffer(packed)) throw new Error(packed.error);
  return packed;
}

function unpack(frame: Buffer, hex: boolean): PackageMessage {
  const message = new Iso8583().getIsoJSON(hex ? withBinaryBitmap(frame) : frame);
  if (typeof message.error === 'string') throw new Error(message.error);
  return message as PackageMessage;
}

/** The package writes hexadecimal bitmaps, but reads only those that have a second half. */
function withBinaryBitmap(frame: Buffer): Buffer {
  const [start, digits] = [6, frame[6]! >= 0x38 ? 32 : 16];
  const bitmap = Buffer.from(frame.toString('latin1', start, start + digits), 'hex');
  return Buffer.concat([frame.subarray(0, start), bitmap, frame.subarray(start + digits)]);
}

let stan = 0;

/** Another STAN each time, so that no two messages of a test have one key unless it says so. */
export function nextStan(): string {
  stan += 1;
  return String(stan).padStart(6, '0');
}

/** What makes DE3, DE18, DE22 and DE25 say a channel. */
const CHANNEL: Readonly<Record<string, PackageMessage>> = {
  pos: { 22: '051' },
  contactless: { 22: '071' },
  ecommerce: { 22: '812', 25: '59' },
  moto: { 22: '012', 25: '08' },
  atm: { 3: '010000', 18: '6011', 22: '051' },
};

/** A purchase of `amountMinor` on that card; `changes` come over it, and those that are '' leave a field out. */
export function authorisation(
  card: { readonly pan: string; readonly expiry: string; readonly currency: string },
  amountMinor: number,
  changes: PackageMessage = {},
  channel = 'pos',
): PackageMessage {
  const number = changes[11] ?? nextStan();
  const message: PackageMessage = {
    0: '0100',
    2: card.pan,
    3: '000000',
    4: String(amountMinor).padStart(12, '0'),
    7: '1125010203',
    11: number,
    12: '010203',
    13: '1125',
    14: card.expiry,
    18: '5411',
    32: '70000000007',
    37: `533001${number}`,
    41: 'TERM0042',
    42: 'MERCHANT0000042',
    49: card.currency,
    ...CHANNEL[channel],
    ...changes,
  };
  return present(message);
}

/** The fields of a message that are not ''. */
export function present(message: PackageMessage): PackageMessage {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== ''));
}

/** DE90 that names a message: its MTI, STAN, time and acquirer. */
export function originalElements(message: PackageMessage): string {
  return `${message[0]}${message[11]}${message[7]}${message[32]}00000000000`;
}

/** The reversal of a message, which DE90 names. */
export function reversalOf(original: PackageMessage, changes: PackageMessage = {}): PackageMessage {
  const { 14: _expiry, 22: _entry, 25: _condition, ...rest } = original;
  return present({ ...rest, 0: '0400', 11: nextStan(), 90: originalElements(original), ...changes });
}

/** 001 sign-on, 002 sign-off, 301 echo. */
export function networkMessage(code: string): PackageMessage {
  return { 0: '0800', 7: '1125010203', 11: nextStan(), 70: code };
}
