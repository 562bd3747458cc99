/**
 * Runs workers in every order of their steps (reads, writes, effects), with every crash between two steps, and looks at
 * each end. Depth first: every run starts from the beginning and follows a list of choices.
 *
 * A worker must be deterministic: what it does follows from what the store answered, and it waits for nothing but its
 * `Actor`. Then two runs in which the world is the same and every worker was answered the same go on alike, and the
 * second is not followed further.
 */

import { hash } from 'node:crypto';
import { StoreError } from '../../src/store/store.ts';
import { atOnce, createWorld, type ExploredStore, exploredStore, type Step, type World } from './explored-store.ts';

/** What one worker has to work with. */
export interface Actor extends ExploredStore {
  /** Something outside the store (a POST, a search): a step like a write. What it answers is given to the worker. */
  effect<T>(name: string, work: () => T): Promise<T>;
  /** The store's clock, and every worker's. */
  now(): number;
}

export interface Exploration {
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
}

export interface Explored {
  readonly runs: number;
  /** Runs that reached their end; the others came to where another had been. */
  readonly ends: number;
}

type Fate = 'do' | 'crash' | 'fail before' | 'fail after';

interface Pending {
  readonly worker: number;
  readonly name: string;
  /** It is a step of the store, which may fail. */
  readonly ofStore: boolean;
  run(fate: Fate): void;
}

interface Choice {
  readonly taken: number;
  readonly options: readonly string[];
}

/** One run: what can happen next is asked of `choose`, which answers the number of an option or that this was seen. */
type Choose = (options: readonly string[], state: () => string) => number | undefined;

/** Between so many runs the process may do something else, as a test's time-out. */
const BREATHE_RUNS = 500;

export const explore = async (exploration: Exploration): Promise<Explored> => {
  const { limit = 200_000 } = exploration;
  const seen = new Set<string>();
  let path: Choice[] = [];
  let runs = 0;
  let ends = 0;
  for (;;) {
    if (runs === limit) throw new Error(`not explored: more than ${limit} runs`);
    runs += 1;
    if (runs % BREATHE_RUNS === 0) await new Promise(setImmediate);
    let depth = 0;
    const trace: string[] = [];
    const choose: Choose = (options, state) => {
      const known = path[depth];
      if (known === undefined) {
        const here = state();
        if (seen.has(here)) return undefined;
        seen.add(here);
        path.push({ taken: 0, options });
      } else if (known.options.join('\n') !== options.join('\n')) {
        throw new Error('a worker is not deterministic: other steps than before');
      }
      const taken = known?.taken ?? 0;
      depth += 1;
      trace.push(options[taken] ?? '');
      return taken;
    };
    try {
      if (await runOnce(exploration, choose)) ends += 1;
      if (depth < path.length) throw new Error('a worker is not deterministic: fewer steps than before');
    } catch (cause) {
      throw new Error(`run ${runs} ends badly: ${messageOf(cause)}\n${trace.map((line) => `  ${line}`).join('\n')}`, {
        cause,
      });
    }
    while (path.length > 0 && isLast(path.at(-1))) path.pop();
    const last = path.at(-1);
    if (last === undefined) return { runs, ends };
    path = [...path.slice(0, -1), { ...last, taken: last.taken + 1 }];
  }
};

const isLast = (choice: Choice | undefined): boolean =>
  choice !== undefined && choice.taken + 1 >= choice.options.length;

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** @returns whether it came to an end of its own */
const runOnce = async (exploration: Exploration, choose: Choose): Promise<boolean> => {
  const { start, workers, finish, check, crashes = 1, faults = 0, jumps = { count: 0, ms: 0 } } = exploration;
  const world = createWorld(1_000_000);
  const direct = exploredStore(world, atOnce, 'direct');
  await start?.(direct, world);

  const pending: Pending[] = [];
  const answers: Answer[][] = workers.map(() => []);
  const gone = new Set<number>();
  const failures: unknown[] = [];
  let left = { crashes, faults, jumps: jumps.count };
  const kinds = workers.map((work) => workers.indexOf(work));

  for (const [index, work] of workers.entries()) {
    const step = (ofStore: boolean) => stepOf({ worker: index, pending, answers: answers[index] ?? [], ofStore });
    work(actorOf(world, step(true), step(false), `worker ${index}`), world).then(
      () => gone.add(index),
      (cause: unknown) => {
        gone.add(index);
        if (!(cause instanceof StoreError)) failures.push(cause); // a worker may give up when the store fails
      },
    );
  }

  /** Of workers that do the same it is no difference which of them it was. */
  const histories = () => answers.map((each, index) => JSON.stringify([kinds[index], gone.has(index), each])).sort();

  for (;;) {
    await new Promise((resolve) => process.nextTick(resolve)); // every worker waits for a step, or has ended
    if (failures.length > 0) throw failures[0];
    if (pending.length === 0) break;
    const options = optionsOf(pending, left, jumps.ms);
    const state = () =>
      hash('sha256', JSON.stringify([world.state.describe(), world.now, world.effects, histories(), left]));
    const names = options.map(({ name }) => name);
    const chosen = choose(names, state);
    if (chosen === undefined) return false;
    const option = options[chosen];
    if (option === undefined) throw new Error('no such option');
    left = option.left;
    if (option.pending === undefined) {
      world.now += jumps.ms;
      continue;
    }
    const { worker } = option.pending;
    if (option.fate === 'crash') {
      gone.add(worker);
      for (let i = pending.length - 1; i >= 0; i--) if (pending[i]?.worker === worker) pending.splice(i, 1);
      continue;
    }
    pending.splice(pending.indexOf(option.pending), 1);
    option.pending.run(option.fate);
  }
  if (gone.size < workers.length) throw new Error('a worker waits for something that is no step');
  await finish?.(actorOf(world, atOnce, atOnce, 'finish'), world);
  await check(world, direct);
  return true;
};

const actorOf = (world: World, step: Step, effect: Step, name: string): Actor => ({
  ...exploredStore(world, step, name),
  effect,
  now: () => world.now,
});

/** A step, its fate, and what it answered: frozen by the store, or the effect's own. */
type Answer = readonly [string, Fate, unknown?];

interface Steps {
  readonly worker: number;
  readonly pending: Pending[];
  /** What the worker was answered so far. */
  readonly answers: Answer[];
  readonly ofStore: boolean;
}

const stepOf =
  ({ worker, pending, answers, ofStore }: Steps): Step =>
  (name, work) =>
    new Promise((resolve, reject) => {
      const run = (fate: Fate): void => {
        if (fate === 'fail before') {
          answers.push([name, fate]);
          reject(new StoreError(`${name} failed`));
          return;
        }
        try {
          const answer = work();
          answers.push([name, fate, answer]);
          if (fate === 'fail after') reject(new StoreError(`${name} failed, or so it seems`));
          else resolve(answer);
        } catch (cause) {
          answers.push([name, fate, messageOf(cause)]);
          reject(cause);
        }
      };
      pending.push({ worker, name, ofStore, run });
    });

interface Option {
  readonly name: string;
  readonly pending?: Pending;
  readonly fate: Fate;
  readonly left: { readonly crashes: number; readonly faults: number; readonly jumps: number };
}

const optionsOf = (pending: readonly Pending[], left: Option['left'], jumpMs: number): readonly Option[] => {
  const name = (each: Pending, what: string): string => `worker ${each.worker}: ${what}${each.name}`;
  const steps = pending.map((each): Option => ({ name: name(each, ''), pending: each, fate: 'do', left }));
  const workers = [...new Map(pending.map((each) => [each.worker, each])).values()];
  const crashes = workers.map(
    (each): Option => ({
      name: name(each, 'crashes before '),
      pending: each,
      fate: 'crash',
      left: { ...left, crashes: left.crashes - 1 },
    }),
  );
  const faults = pending
    .filter(({ ofStore }) => ofStore)
    .flatMap((each): Option[] =>
      (['fail before', 'fail after'] as const).map((fate) => ({
        name: name(each, `${fate} `),
        pending: each,
        fate,
        left: { ...left, faults: left.faults - 1 },
      })),
    );
  const jump: Option = { name: `the clock jumps ${jumpMs} ms`, fate: 'do', left: { ...left, jumps: left.jumps - 1 } };
  return [
    ...steps,
    ...(left.crashes > 0 ? crashes : []),
    ...(left.faults > 0 ? faults : []),
    ...(left.jumps > 0 ? [jump] : []),
  ];
};
