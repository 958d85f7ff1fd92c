/** Load of the hot thread from which on other work rests; and where it is 1, how long, in times of that work. */
const LOAD_EASY = 0.25;
const REST_MAX = 9;

/**
 * How long what can wait rests after so much work, in times of it: cards are answered first.
 * @param hotLoad how busy the thread is that answers them, from 0 to 1
 */
export function restOf(hotLoad: number): number {
  return (REST_MAX * Math.max(0, hotLoad - LOAD_EASY)) / (1 - LOAD_EASY);
}
