import type { History } from './history.js';
import { FRAME_BYTES, type Message, type Reply, readReplies } from './message.js';
import { Actor } from './scheduler.js';
import type { SimulatedSwitch } from './simulated-switch.js';
import { Line, Wire } from './wire.js';

interface Connection {
  readonly id: number;
  readonly to: SimulatedSwitch;
  readonly out: Wire;
  readonly in: Wire;
  open: boolean;
}

/** For how long a processor waits to connect anew. */
const RECONNECT_MS = 20;

/** A processor's host: never fails, is connected to every switch that it can reach, and knows no better than it hears. */
export class Processor {
  readonly actor: Actor;
  readonly #history: History;
  readonly #line: Line;
  readonly #connections = new Map<SimulatedSwitch, Connection>();
  readonly #heard: (reply: Reply, from: SimulatedSwitch) => void;

  constructor(history: History, name: string, heard: (reply: Reply, from: SimulatedSwitch) => void) {
    this.#history = history;
    this.actor = new Actor(name);
    // Slow lines and quick ones, so that messages of one payment overtake each other.
    this.#line = new Line(history.random, [0.1, history.random.pick([1, 10, 60])]);
    this.#heard = heard;
  }

  /** Sends a message to a switch, where there is a connection to it; false when there is none. */
  send(message: Message, to: SimulatedSwitch): boolean {
    const connection = this.#connections.get(to);
    if (connection === undefined || !connection.open || to.ended) return false;
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32BE(message.id);
    connection.out.send(() => to.receive(connection.id, frame));
    return true;
  }

  /** Connects to a switch that listens. */
  connect(to: SimulatedSwitch): void {
    const { scheduler } = this.#history;
    const id = this.#history.newConnection();
    const connection: Connection = {
      id,
      to,
      out: new Wire(scheduler, this.#line, to.actor),
      in: new Wire(scheduler, this.#line, this.actor),
      open: true,
    };
    this.#connections.set(to, connection);
    connection.out.send(() =>
      to.accept(id, (bytes) =>
        connection.in.send(() => {
          for (const reply of readReplies(bytes, this.#history.messages)) this.#heard(reply, to);
        }),
      ),
    );
  }

  /** Loses the connection with what is under way on it, and makes another. */
  break(to: SimulatedSwitch): void {
    const connection = this.#connections.get(to);
    if (connection === undefined) return;
    this.lose(to);
    const { scheduler } = this.#history;
    scheduler.after(0, to.actor, () => to.disconnected(connection.id));
    scheduler.after(RECONNECT_MS, this.actor, () => {
      if (!to.ended) this.connect(to);
    });
  }

  lose(to: SimulatedSwitch): void {
    const connection = this.#connections.get(to);
    if (connection === undefined) return;
    connection.open = false;
    connection.out.cut();
    connection.in.cut();
    this.#connections.delete(to);
  }
}
