/** The port of the asynchronous half in memory, where somebody else decides when each read and write happens, and whether. */

import type { Documents, Lanes, Write, WriteOutcome } from '../../src/store/documents.ts';
import { MemoryDocuments } from './memory-documents.ts';

/** Does the work in a moment of its choosing, or never (the worker was killed), or fails before or after it. */
export type Step = <T>(name: string, work: () => T) => Promise<T>;

/** What workers share. In an exploration they see it in their steps alone, but for the clock. */
export interface World {
  readonly state: MemoryDocuments;
  /** The store's clock. */
  now: number;
  /** What reached the outside, in its order: messages posted, searches run. */
  readonly effects: unknown[];
  /** What else there is and may change, by name: JSON. A registry, an upstream. */
  readonly outside: Map<string, unknown>;
}

export const createWorld = (now = 0): World => ({ state: new MemoryDocuments(), now, effects: [], outside: new Map() });

/** What `world` holds outside of its store, made when it is asked for first. */
export const outsideOf = <T extends object>(world: World, name: string, make: () => T): T => {
  const known = (world.outside.get(name) as T | undefined) ?? make(); // under this name lies nothing else
  world.outside.set(name, known);
  return known;
};

/** At once, nothing in between: for setting up, for finishing, and for the contract suites. */
export const atOnce: Step = async (_name, work) => work();

export interface ExploredStore {
  readonly documents: Documents;
  readonly lanes: Lanes;
}

/** @param worker tells the leases of workers apart */
export const exploredStore = (world: World, step: Step, worker = 'worker'): ExploredStore => ({
  documents: exploredDocuments(world, step),
  lanes: exploredLanes(world, step, worker),
});

const exploredDocuments = (world: World, step: Step): Documents => {
  const { state } = world;
  const nameOf = (write: Write): string =>
    write.kind === 'wake'
      ? `wake ${write.lane}`
      : `${write.kind} ${write.collection.name} ${write.kind === 'remove' ? write.id : write.document._id}`;
  return {
    get: (collection, id) => step(`get ${collection.name} ${id}`, () => state.get(collection, id)),
    find: (collection, range) =>
      step(`find ${collection.name}.${range.index} ${range.equals.join(' ')}`, () => state.find(collection, range)),
    count: (collection, span) => step(`count ${collection.name}.${span.index}`, () => state.count(collection, span)),
    insert: (collection, document) => {
      return step(`insert ${collection.name} ${document._id}`, () => {
        const by = state.insert(collection, document);
        return by === undefined ? { done: true } : { done: false, by };
      });
    },
    replace: (collection, document) =>
      step(`replace ${collection.name} ${document._id}`, () => state.replace(collection, document)),
    remove: (collection, id) => step(`remove ${collection.name} ${id}`, () => state.remove(collection, id)),
    apply: async (writes) => {
      const outcomes: WriteOutcome[] = [];
      let over = false;
      for (const write of writes) {
        if (over) {
          outcomes.push('skipped');
          continue;
        }
        const outcome = await step(nameOf(write), () => state.write(write, world.now));
        outcomes.push(outcome);
        over = outcome !== 'done' && !(write.kind === 'insert' && write.ifAbsent);
      }
      return outcomes;
    },
  };
};

const exploredLanes = (world: World, step: Step, worker: string): Lanes => {
  const { state } = world;
  let taken = 0;
  return {
    wake: (lane, inMs) => step(`wake ${lane}`, () => state.wake(lane, world.now + inMs)),
    take: (lane, owner, forMs) => {
      taken += 1;
      const token = `${worker} ${taken}`;
      return step(`take ${lane}`, () => state.take(lane, owner, token, world.now, forMs));
    },
    renew: (lease, forMs) => step(`renew ${lease.lane}`, () => state.renew(lease, world.now, forMs)),
    release: (lease, nextDueInMs) =>
      step(`release ${lease.lane}`, () =>
        state.release(lease, nextDueInMs === undefined ? undefined : world.now + nextDueInMs),
      ),
    due: (limit) =>
      step('due lanes', () =>
        state
          .waiting(world.now)
          .filter(({ at }) => at <= world.now)
          .slice(0, limit)
          .map(({ lane }) => lane),
      ),
    nextDueInMs: () =>
      step('next due lane', () => {
        const [first] = state.waiting(world.now);
        return first && Math.max(0, first.at - world.now);
      }),
    forgetIdle: () => step('forget lanes', () => state.forgetIdleLanes()),
  };
};
