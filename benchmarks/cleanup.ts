/** What must be undone at the end, whatever the end is; undone in the reverse order, once. */
export class Cleanup {
  readonly #steps: { readonly name: string; readonly undo: () => Promise<void> }[] = [];
  #running: Promise<void> | null = null;

  add(name: string, undo: () => Promise<void>): void {
    this.#steps.push({ name, undo });
  }

  /** A step that fails is told to `onFailure` and does not keep the others from running. */
  run(onFailure: (name: string, error: unknown) => void): Promise<void> {
    this.#running ??= this.#undo(onFailure);
    return this.#running;
  }

  async #undo(onFailure: (name: string, error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        onFailure(step.name, error);
      }
    }
  }
}
