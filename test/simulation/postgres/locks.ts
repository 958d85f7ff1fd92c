/** Modes of table locks that the ledger's statements take (PostgreSQL, Explicit Locking, table 13.2), and a row's. */
export type LockMode = 'row exclusive' | 'share row exclusive' | 'exclusive' | 'row';

interface LockRequest {
  readonly owner: object;
  readonly mode: LockMode;
  granted: boolean;
  readonly grant: () => void;
}

/** Who holds what and who waits: first come, first served, as far as modes conflict. */
export class Locks {
  readonly #queues = new Map<string, LockRequest[]>();

  /** Whether anybody waits. */
  get waited(): boolean {
    return [...this.#queues.values()].some((queue) => queue.some(({ granted }) => !granted));
  }

  /** Whether the lock was granted at once; else `grant` is called when it is. */
  request(name: string, owner: object, mode: LockMode, grant: () => void): boolean {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    const request = { owner, mode, granted: false, grant };
    queue.push(request);
    request.granted = isFirst(queue, request);
    return request.granted;
  }

  /** Whether the lock was granted, which it is at once or not at all. */
  tryRequest(name: string, owner: object, mode: LockMode): boolean {
    const queue = this.#queues.get(name) ?? [];
    const request = { owner, mode, granted: true, grant: () => {} };
    if (!isFirst([...queue, request], request)) return false;
    this.#queues.set(name, [...queue, request]);
    return true;
  }

  /** All locks of an owner, held or waited for; of that name, where there is one. */
  release(owner: object, only?: string): void {
    for (const [name, queue] of this.#queues) {
      if (only !== undefined && name !== only) continue;
      if (!queue.some((request) => request.owner === owner)) continue;
      const left = queue.filter((request) => request.owner !== owner);
      if (left.length === 0) this.#queues.delete(name);
      else this.#queues.set(name, left);
      for (const request of left) {
        if (request.granted || !isFirst(left, request)) continue;
        request.granted = true;
        request.grant();
      }
    }
  }
}

/** Whether nothing before a request, granted or not, is in its way. */
function isFirst(queue: readonly LockRequest[], request: LockRequest): boolean {
  for (const other of queue) {
    if (other === request) return true;
    if (other.owner !== request.owner && conflicts(other.mode, request.mode)) return false;
  }
  return true;
}

function conflicts(one: LockMode, other: LockMode): boolean {
  return one !== 'row exclusive' || other !== 'row exclusive';
}
