/**
 * What one counter remembers: when points were taken, so that no span as long as the window ever holds more of them than
 * allowed, and each comes free exactly one window after it was taken (PROTOCOL 6 and 12, fault 1).
 *
 * Points taken shortly after each other (a 120th of the window) are one entry, which counts until the last of them ends:
 * at most 121 entries a counter, exact for 120 calls or fewer a window, and for more a little too strict, never too lax.
 */

interface Entry {
  /** Milliseconds of the clock that the caller keeps. */
  readonly first: number;
  last: number;
  cost: number;
}

export interface SlidingWindow {
  readonly windowMs: number;
  /** Oldest first. */
  readonly entries: Entry[];
  /** Of all entries. */
  sum: number;
}

/** Entries that a window is told apart into. The script in redis-scripts.ts does the same. */
export const SLOTS = 120;

export const emptyWindow = (windowMs: number): SlidingWindow => ({ windowMs, entries: [], sum: 0 });

/** Milliseconds until `cost` more may be taken; 0: now. */
export const waitFor = (window: SlidingWindow, points: number, cost: number, now: number): number => {
  forget(window, now);
  let over = window.sum + cost - points;
  if (over <= 0) return 0;
  for (const entry of window.entries) {
    over -= entry.cost;
    if (over <= 0) return entry.last + window.windowMs - now;
  }
  return window.windowMs; // more than there are points at all
};

/** How many more may be taken now. */
export const leftIn = (window: SlidingWindow, points: number, now: number): number => {
  forget(window, now);
  return Math.max(0, points - window.sum);
};

export const add = (window: SlidingWindow, cost: number, now: number): void => {
  forget(window, now);
  window.sum += cost;
  const newest = window.entries.at(-1);
  if (newest !== undefined && now - newest.first < window.windowMs / SLOTS) {
    newest.last = now;
    newest.cost += cost;
  } else window.entries.push({ first: now, last: now, cost });
};

/** Whether nothing of it counts any more. */
export const isOver = ({ entries, windowMs }: SlidingWindow, now: number): boolean =>
  (entries.at(-1)?.last ?? Number.NEGATIVE_INFINITY) + windowMs <= now;

const forget = (window: SlidingWindow, now: number): void => {
  const { entries, windowMs } = window;
  let ended = 0;
  for (const { last, cost } of entries) {
    if (last + windowMs > now) break;
    window.sum -= cost;
    ended += 1;
  }
  if (ended > 0) entries.splice(0, ended);
};
