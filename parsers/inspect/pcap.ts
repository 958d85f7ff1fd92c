/** One direction of a TCP connection, its bytes in order; where a segment is missing another one begins. */
export interface TcpStream {
  /** `10.0.0.1:41000 > 10.0.0.2:8583`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A segment before it was not captured: it may begin inside a frame. */
  readonly broken: boolean;
}

interface Segment {
  /** Bytes from the direction's first sequence number. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Direction {
  readonly name: string;
  /** Sequence number of the first byte. */
  readonly base: number;
  readonly segments: Segment[];
}

/** First words of a capture: libpcap's with micro- and nanoseconds, pcapng's section header. */
const PCAP_MAGIC = [0xa1b2c3d4, 0xa1b23c4d];
const PCAPNG_MAGIC = 0x0a0d0d0a;
const PCAPNG_ORDER = 0x1a2b3c4d;
const PCAP_HEAD = 24;
const PCAP_RECORD = 16;

/** Link types (www.tcpdump.org/linktypes.html) and the bytes before their protocol number or packet. */
const LINK = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
} as const;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = [0x8100, 0x88a8, 0x9100];
const TCP = 6;
/** IPv6 headers that may stand before TCP: hop-by-hop, routing, destination options. */
const IPV6_OPTIONS = [0, 43, 60];
const SYN = 0x02;

/** Whether bytes are a packet capture. */
export function isCapture(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false;
  const view = viewOf(bytes);
  return (
    view.getUint32(0) === PCAPNG_MAGIC ||
    PCAP_MAGIC.includes(view.getUint32(0)) ||
    PCAP_MAGIC.includes(view.getUint32(0, true))
  );
}

/**
 * The TCP streams of a packet capture (libpcap or pcapng; Ethernet with VLANs, Linux cooked, loopback or raw IP;
 * IPv4 and IPv6), each direction on its own, segments in order and once. Fragments of IP are passed over, and a
 * capture that was cut short ends where it was.
 */
export function tcpStreams(bytes: Uint8Array): readonly TcpStream[] {
  const directions = new Map<string, Direction>();
  const done: Direction[] = [];
  const take = (link: number, packet: Uint8Array) => takePacket(directions, done, link, packet);
  if (viewOf(bytes).getUint32(0) === PCAPNG_MAGIC) readPcapng(bytes, take);
  else readPcap(bytes, take);
  return done.flatMap(joined);
}

type Take = (link: number, packet: Uint8Array) => void;

function readPcap(bytes: Uint8Array, take: Take): void {
  const view = viewOf(bytes);
  const little = PCAP_MAGIC.includes(view.getUint32(0, true));
  if (bytes.length < PCAP_HEAD) return;
  const link = view.getUint32(20, little) & 0xffff;
  for (let at = PCAP_HEAD; at + PCAP_RECORD <= bytes.length; ) {
    const length = view.getUint32(at + 8, little);
    at += PCAP_RECORD;
    if (at + length > bytes.length) return;
    take(link, bytes.subarray(at, at + length));
    at += length;
  }
}

/** Blocks of type, length, body, length; interfaces are numbered in each section (draft-ietf-opsawg-pcapng). */
function readPcapng(bytes: Uint8Array, take: Take): void {
  const view = viewOf(bytes);
  let little = false;
  let links: number[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    if (view.getUint32(at) === PCAPNG_MAGIC) {
      little = view.getUint32(at + 8, true) === PCAPNG_ORDER;
      links = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || at + length > bytes.length) return;
    const body = at + 8;
    const room = length - 12;
    if (type === 1 && room >= 8) links.push(view.getUint16(body, little));
    else if (type === 6 && room >= 20) {
      const captured = Math.min(view.getUint32(body + 12, little), room - 20);
      const link = links[view.getUint32(body, little)];
      if (link !== undefined) take(link, bytes.subarray(body + 20, body + 20 + captured));
    } else if (type === 3 && room >= 4 && links[0] !== undefined) {
      const captured = Math.min(view.getUint32(body, little), room - 4);
      take(links[0], bytes.subarray(body + 4, body + 4 + captured));
    }
    at += length;
  }
}

function takePacket(
  directions: Map<string, Direction>,
  done: Direction[],
  link: number,
  packet: Uint8Array,
): void {
  const at = networkAt(link, packet);
  if (at < 0 || at >= packet.length) return;
  const version = packet[at]! >> 4;
  if (version === 4) takeIpv4(directions, done, packet.subarray(at));
  else if (version === 6) takeIpv6(directions, done, packet.subarray(at));
}

/** Where the IP header begins, or −1 where there is none. */
function networkAt(link: number, packet: Uint8Array): number {
  switch (link) {
    case LINK.ethernet: {
      let at = 12;
      while (VLAN.includes(u16(packet, at))) at += 4;
      return isIp(u16(packet, at)) ? at + 2 : -1;
    }
    case LINK.sll:
      return isIp(u16(packet, 14)) ? 16 : -1;
    case LINK.sll2:
      return isIp(u16(packet, 0)) ? 20 : -1;
    case LINK.null:
    case LINK.loop:
      return 4;
    case LINK.raw:
    case LINK.ipv4:
    case LINK.ipv6:
      return 0;
    default:
      return -1;
  }
}

function isIp(protocol: number): boolean {
  return protocol === IPV4 || protocol === IPV6;
}

function takeIpv4(directions: Map<string, Direction>, done: Direction[], ip: Uint8Array): void {
  const head = (ip[0]! & 0x0f) * 4;
  const fragment = (u16(ip, 6) & 0x3fff) !== 0;
  if (head < 20 || ip[9] !== TCP || fragment) return;
  // What a network card splits later is captured with a length of 0.
  const total = u16(ip, 2) || ip.length;
  const [from, to] = [12, 16].map((at) => [...ip.subarray(at, at + 4)].join('.'));
  takeTcp(directions, done, ip.subarray(head, Math.min(total, ip.length)), from!, to!);
}

function takeIpv6(directions: Map<string, Direction>, done: Direction[], ip: Uint8Array): void {
  const total = u16(ip, 4) === 0 ? ip.length : Math.min(ip.length, 40 + u16(ip, 4));
  let at = 40;
  let next = ip[6]!;
  while (IPV6_OPTIONS.includes(next) && at + 8 <= total) {
    next = ip[at]!;
    at += 8 * (ip[at + 1]! + 1);
  }
  if (next !== TCP) return;
  const [from, to] = [8, 24].map((start) => {
    const words = [0, 2, 4, 6, 8, 10, 12, 14].map((word) => u16(ip, start + word).toString(16));
    return `[${words.join(':')}]`;
  });
  takeTcp(directions, done, ip.subarray(at, total), from!, to!);
}

function takeTcp(
  directions: Map<string, Direction>,
  done: Direction[],
  tcp: Uint8Array,
  from: string,
  to: string,
): void {
  if (tcp.length < 20) return;
  const view = viewOf(tcp);
  const head = (tcp[12]! >> 4) * 4;
  const syn = (tcp[13]! & SYN) !== 0;
  // SYN takes a number of its own.
  const sequence = (view.getUint32(4) + (syn ? 1 : 0)) >>> 0;
  const bytes = tcp.subarray(head);
  const name = `${from}:${u16(tcp, 0)} > ${to}:${u16(tcp, 2)}`;
  let direction = directions.get(name);
  const begins = syn && direction?.base !== sequence;
  if (direction === undefined || begins) {
    if (!syn && bytes.length === 0) return;
    direction = { name, base: sequence, segments: [] };
    directions.set(name, direction);
    done.push(direction);
  }
  // The difference of sequence numbers is right across their wrap; 2 GiB either way.
  if (bytes.length > 0) direction.segments.push({ at: (sequence - direction.base) | 0, bytes });
}

/** Segments in order, without what was sent twice. */
function joined({ name, segments }: Direction): TcpStream[] {
  const streams: TcpStream[] = [];
  const sorted = [...segments].sort((a, b) => a.at - b.at);
  let parts: Uint8Array[] = [];
  let end = sorted[0]?.at ?? 0;
  let broken = false;
  const flush = () => {
    if (parts.length > 0) streams.push({ name, bytes: Buffer.concat(parts), broken });
    parts = [];
  };
  for (const { at, bytes } of sorted) {
    if (at > end) {
      flush();
      broken = true;
      end = at;
    }
    const fresh = bytes.subarray(end - at);
    if (fresh.length === 0) continue;
    parts.push(fresh);
    end += fresh.length;
  }
  flush();
  return streams;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
