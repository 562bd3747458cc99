/** One run of an exploration: workers whose steps happen when a guide says so. */

import { hash } from 'node:crypto';
import { StoreError } from '../../src/store/store.ts';
import type { Actor, Exploration } from './explore.ts';
import { exploredStore, type Step, type World } from './explored-store.ts';
import type { Footprint } from './footprint.ts';
import { watchedCopy } from './watched-world.ts';

/** Something that can happen next. */
export interface Option {
  readonly name: string;
  /** A worker, by number; the clock is counted after them; nobody: all have ended. */
  readonly by: number;
  readonly crash: boolean;
}

export interface Place {
  readonly options: readonly Option[];
  /** @returns the same wherever all goes on alike */
  readonly state: () => State;
}

export interface State {
  /** The world, and what each worker that goes on was answered. */
  readonly key: string;
  /** Of workers that do the same it is no difference which of them it is: numbers of workers, in the order of the key. */
  readonly slots: readonly number[];
}

export interface Guide {
  /** @returns the number of an option, or undefined: all that follows from here is known */
  choose(place: Place): number | undefined;
  /** @param footprint of what was chosen last, with all that its worker did before its next step */
  did(footprint: Footprint): void;
  /** Whoever is killed is killed right after its last step: it does nothing more either way. */
  readonly crashesAtOnce: boolean;
  readonly bitOf: (thing: string) => bigint;
}

type Fate = 'do' | 'crash' | 'fail before' | 'fail after';

interface Pending {
  readonly worker: number;
  readonly name: string;
  /** It is a step of the store, which may fail. */
  readonly ofStore: boolean;
  run(fate: Fate): void;
  giveUp(): void;
}

interface Choice extends Option {
  readonly fate: Fate;
  readonly pending?: Pending;
  readonly left: Left;
}

interface Left {
  readonly crashes: number;
  readonly faults: number;
  readonly jumps: number;
}

export const NOBODY = -1;

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export interface Run {
  /** As it was when all had ended. Undefined: all that follows from some place is known. */
  readonly world: World | undefined;
  /** Whoever was killed or left in the middle of something outside gives up waiting for it: what follows does nothing. */
  abandon(): void;
}

export const runOnce = async (exploration: Exploration, from: World, guide: Guide): Promise<Run> => {
  const { workers, crashes = 1, faults = 0, jumps = { count: 0, ms: 0 } } = exploration;
  const { world, notes, describe } = watchedCopy(from, guide.bitOf);
  const pending: Pending[] = [];
  const failures: unknown[] = [];
  const gone = new Set<number>();
  const histories = workers.map((work) => createHistory(workers.indexOf(work)));
  let left: Left = { crashes, faults, jumps: jumps.count };
  let last: number | undefined;
  const killed: Pending[] = [];
  const abandon = (): void => {
    for (const each of [...pending, ...killed]) each.giveUp();
  };

  const stepsOf =
    (worker: number, history: History, ofStore: boolean): Step =>
    (name, work) =>
      new Promise((resolve, reject) => {
        const run = (fate: Fate): void => {
          if (fate === 'fail before') {
            history.add([name, fate]);
            reject(new StoreError(`${name} failed`));
            return;
          }
          try {
            const answer = notes.within(ofStore, work);
            if (answer instanceof Promise) throw new TypeError(`${name} does not answer at once`);
            history.add([name, fate, answer]);
            if (fate === 'fail after') reject(new StoreError(`${name} failed, or so it seems`));
            else resolve(answer);
          } catch (cause) {
            history.add([name, fate, messageOf(cause)]);
            reject(cause);
          }
        };
        const giveUp = (): void => {
          if (!ofStore) reject(new Error('the run is over'));
        };
        pending.push({ worker, name, ofStore, run, giveUp });
      });

  for (const [index, work] of workers.entries()) {
    const history = histories[index] ?? createHistory(index);
    const effect = stepsOf(index, history, false);
    const store = exploredStore(world, stepsOf(index, history, true), `worker ${index}`);
    const actor: Actor = { ...store, effect, now: () => world.now };
    effect('begins', () => undefined)
      .then(() => work(actor, world))
      .catch((cause: unknown) => {
        if (!(cause instanceof StoreError)) failures.push(cause); // a worker may give up when the store fails
      })
      .finally(() => gone.add(index));
  }

  const state = (): State => {
    const standing = histories.map((history, index) => (gone.has(index) ? 'gone' : history.text()));
    const slots = standing.map((_, index) => index).sort((a, b) => inOrder(standing[a], standing[b]));
    return { key: hash('sha256', JSON.stringify([describe(), left, slots.map((index) => standing[index])])), slots };
  };

  for (;;) {
    await new Promise((resolve) => process.nextTick(resolve)); // every worker waits for a step, or has ended
    if (failures.length > 0) throw failures[0];
    const footprint = notes.end();
    if (footprint !== undefined) guide.did(footprint);
    if (pending.length === 0 && gone.size < workers.length)
      throw new Error('a worker waits for something that is no step');
    const mayCrash = (worker: number): boolean => !guide.crashesAtOnce || worker === last;
    const options = optionsOf(pending, left, { mayCrash, clock: workers.length, jumpMs: jumps.ms });
    const chosen = guide.choose({ options, state });
    if (chosen === undefined) return { world: undefined, abandon };
    const option = options[chosen];
    if (option === undefined) throw new Error('no such option');
    if (option.by === NOBODY) return { world, abandon };
    const { by } = option;
    left = option.left;
    if (option.crash) {
      gone.add(by);
      for (let i = pending.length - 1; i >= 0; i--) if (pending[i]?.worker === by) killed.push(...pending.splice(i, 1));
      continue;
    }
    last = by;
    notes.begin((now) => histories[by]?.sees(now));
    if (option.pending === undefined) {
      world.now += jumps.ms;
      continue;
    }
    pending.splice(pending.indexOf(option.pending), 1);
    option.pending.run(option.fate);
  }
};

const inOrder = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

interface History {
  /** A step, its fate, and what it answered: frozen by the store, or the effect's own. */
  add(entry: readonly unknown[]): void;
  sees(now: number): void;
  text(): string;
}

/** What a worker was answered so far: what it does next follows from that. */
const createHistory = (kind: number): History => {
  let text = String(kind);
  let fresh: unknown[] = [];
  let seen: number | undefined;
  const add: History['add'] = (entry) => void fresh.push(entry);
  return {
    add,
    sees: (now) => {
      if (now !== seen) fresh.push(now);
      seen = now;
    },
    text: () => {
      for (const entry of fresh) text = hash('sha256', `${text} ${JSON.stringify(entry)}`);
      fresh = [];
      return text;
    },
  };
};

interface Rules {
  readonly mayCrash: (worker: number) => boolean;
  /** Its number. */
  readonly clock: number;
  readonly jumpMs: number;
}

const optionsOf = (pending: readonly Pending[], left: Left, { mayCrash, clock, jumpMs }: Rules): readonly Choice[] => {
  const option = (each: Pending, fate: Fate, rest = left): Choice => ({
    ...{ name: `worker ${each.worker}: ${NAMES[fate]}${each.name}`, by: each.worker, crash: fate === 'crash' },
    ...{ fate, pending: each, left: rest },
  });
  const after = (what: keyof Left): Left => ({ ...left, [what]: left[what] - 1 });
  const steps = pending.map((each) => option(each, 'do'));
  const first = [...new Map([...pending].reverse().map((each) => [each.worker, each])).values()];
  const crashes =
    left.crashes === 0
      ? []
      : first
          .filter(({ worker, name }) => name !== 'begins' && mayCrash(worker))
          .map((each) => option(each, 'crash', after('crashes')));
  const failing = left.faults === 0 ? [] : pending.filter(({ ofStore }) => ofStore);
  const faults = failing.flatMap((each) => FAULTS.map((fate) => option(each, fate, after('faults'))));
  const jump: Choice = {
    name: `the clock jumps ${jumpMs} ms`,
    by: clock,
    crash: false,
    fate: 'do',
    left: after('jumps'),
  };
  const end: Choice = { name: 'all have ended', by: NOBODY, crash: false, fate: 'do', left };
  return [...steps, ...crashes, ...faults, ...(left.jumps > 0 ? [jump] : []), ...(pending.length === 0 ? [end] : [])];
};

const FAULTS = ['fail before', 'fail after'] as const;
const NAMES: Readonly<Record<Fate, string>> = { do: '', crash: 'crashes before ', 'fail before': 'fail before ', 'fail after': 'fail after ' }; // biome-ignore format: one look
