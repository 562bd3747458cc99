/**
 * Runs workers in every order of their steps (reads, writes, effects), with every crash between two steps, and looks at
 * each end. Depth first: every run starts from the beginning and follows a list of choices.
 *
 * A worker must be deterministic: what it does follows from what it was answered, and it waits for nothing but its
 * `Actor`. It sees the world in its steps alone, and the clock. Then two runs in which the world is the same and every
 * worker was answered the same go on alike, and the second is not followed further; nor is an order that can make no
 * difference (`explored-orders.ts`).
 */

import { mock } from 'node:test';
import { createOrders, type Leaving } from './explored-orders.ts';
import { messageOf, runOnce } from './explored-run.ts';
import { atOnce, createWorld, type ExploredStore, exploredStore, type World } from './explored-store.ts';
import { createThings } from './footprint.ts';

// A worker that crashes leaves its deadlines behind: real ones would keep the process for half a minute after its last test.
mock.timers.enable({ apis: ['setTimeout'] });

/** What one worker has to work with. */
export interface Actor extends ExploredStore {
  /** Something outside the store (a POST, a search): a step like a write. What it answers is given to the worker. */
  effect<T>(name: string, work: () => T): Promise<T>;
  /** The store's clock, and every worker's. */
  now(): number;
}

export interface Exploration {
  /** Once: each run begins with a copy of what it made. */
  readonly start?: (store: ExploredStore, world: World) => Promise<void>;
  readonly workers: readonly ((actor: Actor, world: World) => Promise<void>)[];
  /** After all have ended or crashed: what heals (a sweep, a restart). Nothing interrupts it. */
  readonly finish?: (actor: Actor, world: World) => Promise<void>;
  /** Throws when this end is bad. */
  readonly check: (world: World, store: ExploredStore) => Promise<void> | void;
  /** How many crashes one run may have; 1 by default. */
  readonly crashes?: number;
  /** How many steps of the store may fail in one run with `StoreError`, with and without having taken effect; 0 by default. */
  readonly faults?: number;
  /** The clock may jump this often, so that leases end under their owners. */
  readonly jumps?: { readonly count: number; readonly ms: number };
  /** More runs than this fail the exploration: it must be exhaustive. */
  readonly limit?: number;
  /** What makes no difference; `equal orders` by default. Other ways are there to be compared with. */
  readonly leaving?: Leaving;
}

export interface Explored {
  readonly runs: number;
  /** Places that were come to, of which no two are the same. */
  readonly places: number;
  /** Runs that reached an end where no other had come to; the others came to where another had been. */
  readonly ends: number;
}

/** Between so many runs the process may do something else, as a test's time-out. */
const BREATHE_RUNS = 500;

export const explore = async (exploration: Exploration): Promise<Explored> => {
  const { start, finish, check, workers, limit = 200_000, leaving = 'equal orders' } = exploration;
  const from = createWorld(1_000_000);
  await start?.(exploredStore(from, atOnce, 'direct'), from);
  const orders = createOrders(leaving, workers.length + 1);
  const guide = { ...orders, crashesAtOnce: leaving === 'equal orders', bitOf: createThings() };
  let ends = 0;
  for (let runs = 1; ; runs++) {
    if (runs > limit) throw new Error(`not explored: more than ${limit} runs`);
    if (runs % BREATHE_RUNS === 0) await new Promise(setImmediate);
    orders.begin();
    try {
      const { world, abandon } = await runOnce(exploration, from, guide);
      if (world !== undefined) {
        ends += 1;
        const store = exploredStore(world, atOnce, 'finish');
        await finish?.({ ...store, effect: async (_name, work) => work(), now: () => world.now }, world);
        await check(world, store);
      }
      abandon();
      if (!orders.next()) return { runs, places: orders.places(), ends };
    } catch (cause) {
      const trace = orders.trace().map((line) => `  ${line}`);
      throw new Error(`run ${runs} ends badly: ${messageOf(cause)}\n${trace.join('\n')}`, { cause });
    }
  }
};
