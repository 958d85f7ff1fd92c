import { once } from 'node:events';
import net from 'node:net';
import { dialectByName } from '../parsers/dialects/index.js';
import { parse } from '../parsers/reader.js';
import { MessageView } from '../parsers/view.js';
import { build } from '../parsers/writer.js';

const HEADER_BYTES = 2;
const RESPONSE_CODE = 39;
const STANS = 1_000_000;
const ACQUIRER = '79999999999';

/** A card as a message has it: `expiry` YYMM, `currency` an ISO 4217 number. */
export interface ProbeCard {
  readonly pan: string;
  readonly expiry: string;
  readonly currency: string;
}

/** A connection on which one purchase is under way at a time. */
export class ProbeLink {
  readonly #dialect = dialectByName('iso87-ascii');
  readonly #view = new MessageView();
  readonly #socket: net.Socket;
  #unread: Buffer = Buffer.alloc(0);
  #told: ((code: string) => void) | null = null;
  #stan = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#read(bytes));
  }

  static async connect(port: number): Promise<ProbeLink> {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new ProbeLink(socket);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** DE39 of a purchase of one minor unit. */
  pay({ pan, expiry, currency }: ProbeCard): Promise<string> {
    const stan = String(++this.#stan % STANS).padStart(6, '0');
    const time = new Date().toISOString().replace(/\D/g, '');
    const fields = {
      2: pan,
      3: '000000',
      4: '1'.padStart(12, '0'),
      7: time.slice(4, 14),
      11: stan,
      12: time.slice(8, 14),
      13: time.slice(4, 8),
      14: expiry,
      18: '5411',
      22: '051',
      32: ACQUIRER,
      37: `000000${stan}`,
      41: 'TERM0001',
      42: 'MERCHANT0000001',
      49: currency,
    };
    const body = build(this.#dialect, { mti: '0100', fields });
    const frame = Buffer.alloc(HEADER_BYTES + body.length);
    frame.writeUInt16BE(body.length, 0);
    body.copy(frame, HEADER_BYTES);
    return new Promise((resolve) => {
      this.#told = resolve;
      this.#socket.write(frame);
    });
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    if (this.#unread.length < HEADER_BYTES) return;
    const end = HEADER_BYTES + this.#unread.readUInt16BE(0);
    if (this.#unread.length < end) return;
    if (!parse(this.#view, this.#dialect, this.#unread, HEADER_BYTES, end)) throw this.#view.error();
    const code = this.#view.text(RESPONSE_CODE);
    this.#unread = this.#unread.subarray(end);
    this.#told?.(code);
  }
}
