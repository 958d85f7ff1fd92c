/** A sleep that can be cut short, for one sleeper. */
export class Alarm {
  #wake: (() => void) | null = null;
  #rung = false;

  /** Ends the sleep, or keeps the next one from beginning. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Sleeps so many ms, or until somebody rings. */
  async sleep(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#rung = false;
  }
}
