/**
 * What a step touches of the world. Of two steps that touch nothing of each other it is no difference which comes first,
 * nor could either prevent the other.
 */

/** Is told what is read and written. What is written so that it matters who came first is read as well. */
export interface Watch {
  reads(thing: string): void;
  writes(thing: string): void;
}

/** Sets of things, a bit each. */
export interface Footprint {
  readonly reads: bigint;
  readonly writes: bigint;
}

export const NONE: Footprint = { reads: 0n, writes: 0n };

export const joined = (a: Footprint, b: Footprint): Footprint => ({
  reads: a.reads | b.reads,
  writes: a.writes | b.writes,
});

/** Writes alone do not meet: two wake-ups of a lane, two new documents in one range. */
export const meet = (a: Footprint, b: Footprint): boolean => (a.reads & b.writes) !== 0n || (a.writes & b.reads) !== 0n;

/** @returns a thing's bit, the same for all who ask */
export const createThings = (): ((name: string) => bigint) => {
  const bits = new Map<string, bigint>();
  return (name) => {
    const known = bits.get(name) ?? 1n << BigInt(bits.size);
    bits.set(name, known);
    return known;
  };
};
