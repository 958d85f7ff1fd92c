import { once } from 'node:events';
import net from 'node:net';
import { dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';

const ECHOED = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 70];

/** A request as the host sees it; `count` numbers the requests of all connections from 0. */
export interface SeenRequest {
  readonly count: number;
  readonly mti: string;
  readonly fields: Readonly<Record<number, string>>;
}

/** What the host does with a request: fields that differ from the plain approval, in as many replies. */
export type Behaviour = (request: SeenRequest) => readonly Readonly<Record<number, string>>[];

export const APPROVE: Behaviour = () => [{}];

export interface AnsweringHost {
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Stops reading for that long, in ms, with the requests piling up in the sockets. */
  stall(ms: number): void;
  /** Closes every connection, without a word. */
  hangUp(): void;
  close(): Promise<void>;
}

/** A host that answers frames of `iso87-ascii` on a free port: every request 00, unless it behaves otherwise. */
export async function startAnsweringHost(behave: Behaviour = APPROVE): Promise<AnsweringHost> {
  const dialect = dialectByName('iso87-ascii');
  const view = new MessageView();
  const sockets = new Set<net.Socket>();
  const seen: SeenRequest[] = [];

  const answer = (bytes: Uint8Array, start: number, end: number): Buffer[] => {
    if (!parse(view, dialect, bytes, start, end)) throw view.error();
    const fields: Record<number, string> = {};
    for (let field = 2; field <= 128; field++) if (view.has(field)) fields[field] = view.text(field);
    const request = { count: seen.length, mti: String(view.mti).padStart(4, '0'), fields };
    seen.push(request);
    const mti = String(Math.floor(view.mti / 10) * 10 + 10).padStart(4, '0');
    const echo = Object.fromEntries(
      ECHOED.filter((field) => view.has(field)).map((field) => [field, view.text(field)]),
    );
    return behave(request).map((changes) =>
      framed(build(dialect, { mti, fields: { ...echo, 39: '00', ...changes } })),
    );
  };

  const server = net.createServer({ noDelay: true }, (socket) => {
    let unread: Buffer = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The load may be cut off at any time.
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      unread = Buffer.concat([unread, bytes]);
      const replies: Buffer[] = [];
      while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
        const end = 2 + unread.readUInt16BE(0);
        replies.push(...answer(unread, 2, end));
        unread = unread.subarray(end);
      }
      if (replies.length > 0) socket.write(Buffer.concat(replies));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    seen,
    stall(ms) {
      for (const socket of sockets) socket.pause();
      setTimeout(() => {
        for (const socket of sockets) socket.resume();
      }, ms);
    },
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function framed(body: Buffer): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(body.length);
  return Buffer.concat([header, body]);
}
