const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Clocks that change twice within such a step would be missed; Morocco's do so after four weeks, at Ramadan. */
const STEP_MINUTES = 7 * DAY_MINUTES;
const FIRST_YEAR = 2020;
/** How many years ahead of the one that is given a table reaches. */
const YEARS_AHEAD = 20;

/** Minutes since 1970 (UTC) from which an offset in minutes holds, as a program has them. */
export type Transition = [minute: number, offset: number];

/** Names of zones may be written in letters of either case: more than there are. */
const KNOWN_MAX = 1000;
const known = new Map<string, readonly Transition[]>();

/**
 * Where the clocks of a time zone change, from 2020 until 20 years after `year`, as far as this machine knows what
 * governments have decided; nothing for a zone that is always UTC.
 *
 * @param zone IANA name
 * @throws RangeError where there is no such zone
 */
export function transitionsOf(zone: string, year: number): readonly Transition[] {
  const key = `${zone} ${year}`;
  let transitions = known.get(key);
  if (transitions === undefined) {
    transitions = findTransitions(zone, year);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, transitions);
  }
  return transitions;
}

function findTransitions(zone: string, year: number): readonly Transition[] {
  const offsetAt = offsets(zone);
  const first = Date.UTC(FIRST_YEAR, 0) / MINUTE_MS;
  const end = Date.UTC(year + YEARS_AHEAD + 1, 0) / MINUTE_MS;
  const found: Transition[] = [[first, offsetAt(first)]];
  for (let from = first; from < end; from += STEP_MINUTES) {
    const to = Math.min(end, from + STEP_MINUTES);
    const after = offsetAt(to);
    if (after === found.at(-1)![1]) continue;
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (offsetAt(middle) === after) high = middle;
      else low = middle;
    }
    found.push([high, after]);
  }
  return found.length === 1 && found[0]![1] === 0 ? [] : found;
}

/** Minutes by which a zone's clocks are ahead of UTC, by minutes since 1970. */
function offsets(zone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (minute) => {
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(minute * MINUTE_MS))!;
    const offset = 60 * Number(hours ?? 0) + Number(minutes ?? 0);
    return sign === '-' ? -offset : offset;
  };
}
