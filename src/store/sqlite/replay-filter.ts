/**
 * Which messages may be known: sets of bits (Bloom filters), one for each minute in which entries end. Nearly every
 * message is new, and a new one is told here without asking SQLite. "No" is certain, "maybe" is looked up.
 */

/** One minute's bits: at 2,000 messages a second it says maybe of one new message in 500. */
const BITS = 2 ** 21;
const PROBES = 4;
/** 16 MB in all. Entries of further minutes are always looked up. */
const MOST_MINUTES = 64;

/** When an entry ends is put into whole minutes. */
export const minuteOf = (until: number): number => Math.floor(until / 60_000);

export interface ReplayFilter {
  add(key: string, until: number): void;
  /** The minutes in which an entry of this key may end; nearly always none. */
  minutesOf(key: string): readonly number[];
  /** Forgets the minutes before this one. */
  forgetBefore(minute: number): void;
}

type Bits = Uint32Array;

export const createReplayFilter = (): ReplayFilter => {
  /** Undefined: no bits are kept, everything may be there. */
  const minutes = new Map<number, Bits | undefined>();
  return {
    add: (key, until) => {
      const minute = minuteOf(until);
      if (!minutes.has(minute))
        minutes.set(minute, minutes.size < MOST_MINUTES ? new Uint32Array(BITS / 32) : undefined);
      const bits = minutes.get(minute);
      if (bits !== undefined) mark(bits, hashOf(key));
    },
    minutesOf: (key) => {
      const hash = hashOf(key);
      const found: number[] = [];
      for (const [minute, bits] of minutes) if (bits === undefined || isMarked(bits, hash)) found.push(minute);
      return found;
    },
    forgetBefore: (minute) => {
      for (const known of minutes.keys()) if (known < minute) minutes.delete(known);
    },
  };
};

interface Hash {
  readonly start: number;
  readonly step: number;
}

/** Two FNV-1a hashes with different seeds; the probes go from one in steps of the other. */
const hashOf = (key: string): Hash => {
  let start = 0x811c9dc5;
  let step = 0x9747b28c;
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    start = Math.imul(start ^ unit, 0x01000193);
    step = Math.imul(step ^ unit, 0x85ebca6b);
  }
  return { start: start ^ (start >>> 15), step: (step ^ (step >>> 13)) | 1 };
};

const mark = (bits: Bits, { start, step }: Hash): void => {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const bit = (start + Math.imul(probe, step)) & (BITS - 1);
    bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }
};

const isMarked = (bits: Bits, { start, step }: Hash): boolean => {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const bit = (start + Math.imul(probe, step)) & (BITS - 1);
    if (((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
};
