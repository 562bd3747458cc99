/** The world as the workers of one run share it: whoever looks at something or changes it is noted. */

import type { World } from './explored-store.ts';
import { type Footprint, joined, NONE, type Watch } from './footprint.ts';

const CLOCK = 'clock';
const EFFECTS = 'effects';
const OUTSIDE = 'outside';

/** Notes what is touched from one choice to the next, by whoever was chosen. */
export interface Notes {
  /** @param sees is told the time whenever it is asked for outside of a step, where no answer tells it */
  begin(sees: (now: number) => void): void;
  /** What is looked at within is answered there, in a step. */
  within<T>(ofStore: boolean, work: () => T): T;
  /** Undefined where nobody had begun. @throws Error when something was looked at outside of a step that no answer tells */
  end(): Footprint | undefined;
}

export interface Watched {
  readonly world: World;
  readonly notes: Notes;
  /** All that a run goes on from, beside its workers. */
  describe(): string;
}

/** A copy of its own for a run. */
export const watchedCopy = (from: World, bitOf: (thing: string) => bigint): Watched => {
  let now = from.now;
  let sees: ((now: number) => void) | undefined;
  let stealthy: string | undefined;
  let inStep = false;
  let footprint = NONE;

  const watch: Watch = {
    reads: (thing) => {
      if (sees === undefined) return;
      footprint = joined(footprint, { reads: bitOf(thing), writes: 0n });
      if (!inStep) stealthy = thing;
    },
    writes: (thing) => {
      if (sees !== undefined) footprint = joined(footprint, { reads: 0n, writes: bitOf(thing) });
    },
  };
  const touch = (thing: string): void => {
    footprint = joined(footprint, { reads: bitOf(thing), writes: bitOf(thing) });
  };
  const effects: unknown[] = structuredClone(from.effects);
  const push = (...more: unknown[]): number => {
    if (sees !== undefined) touch(EFFECTS); // their order matters
    return effects.push(...more);
  };
  const outside = structuredClone(from.outside);
  const outsideText = (): string => (outside.size === 0 ? '' : JSON.stringify([...outside].sort()));
  let outsideBefore = '';
  const state = from.state.copy(watch);
  const world: World = {
    state,
    outside,
    effects: new Proxy(effects, {
      get: (_, name) => {
        if (name === 'push') return push;
        watch.reads(EFFECTS);
        return Reflect.get(effects, name);
      },
    }),
    get now() {
      if (sees !== undefined) {
        footprint = joined(footprint, { reads: bitOf(CLOCK), writes: 0n });
        if (!inStep) sees(now);
      }
      return now;
    },
    set now(at) {
      if (sees !== undefined) touch(CLOCK);
      now = at;
    },
  };
  return {
    world,
    describe: () => JSON.stringify([state.describe(), now, effects, outsideText()]),
    notes: {
      begin: (whoSees) => {
        sees = whoSees;
        footprint = NONE;
        outsideBefore = outsideText();
      },
      within: (ofStore, work) => {
        inStep = true;
        try {
          if (!ofStore) watch.reads(OUTSIDE);
          return work();
        } finally {
          inStep = false;
        }
      },
      end: () => {
        if (sees === undefined) return undefined;
        sees = undefined;
        if (stealthy !== undefined) throw new Error(`a worker looks at ${stealthy} outside of its steps`);
        if (outsideText() !== outsideBefore) touch(OUTSIDE);
        return footprint;
      },
    },
  };
};
