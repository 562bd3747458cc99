/** Seeded randomness: the same seed makes the same sample, on every machine. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True in this share of calls. */
  chance(share: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** This many digits, as text. */
  digits(count: number): string;
}

/** Mulberry32: small, and good enough for invented people. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    between,
    chance: (share) => next() < share,
    // The index lies within; an item may be undefined itself.
    pick: <T>(from: readonly [T, ...T[]]) => from[between(0, from.length - 1)] as T,
    digits: (count) => Array.from({ length: count }, () => between(0, 9)).join(''),
  };
};
