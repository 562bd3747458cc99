/**
 * Which orders of steps are left to be tried, depth first. Left out is what can make no difference:
 *
 * - Where two places are the same, what follows from the second is known.
 * - From each place only so many workers are followed that nothing another does, before one of these has stepped, meets
 *   that step: it may as well happen after it (a persistent set). That is found out, not guessed. First all that follows
 *   from one worker's step is tried, and every worker of whom anything in there met the step is followed as well; so each
 *   place keeps what was touched, and by whom, in all that followed from it.
 */

import { NOBODY, type Option, type Place } from './explored-run.ts';
import { type Footprint, joined, meet, NONE } from './footprint.ts';

/** What is left out: nothing, equal places, or equal places and orders that make no difference. */
export type Leaving = 'nothing' | 'equal places' | 'equal orders';

interface Visit {
  readonly key: string;
  readonly slots: readonly number[];
  readonly options: readonly Option[];
  /** Of those who are followed, not yet tried. */
  readonly queue: number[];
  readonly followed: Set<number>;
  /** Of all that followed from here, by worker. */
  readonly touched: Footprint[];
  taken: number;
  /** Of the option that is taken. */
  footprint: Footprint;
}

export interface Orders {
  /** A run begins: it follows the choices so far, and then goes on anew. */
  begin(): void;
  choose(place: Place): number | undefined;
  did(footprint: Footprint): void;
  /** The run has ended, at an end or at a place that is known. @returns whether there is another one to be tried */
  next(): boolean;
  /** What was chosen in this run. */
  trace(): readonly string[];
  /** How many there are. */
  places(): number;
}

/** @param actors workers, and the clock */
export const createOrders = (leaving: Leaving, actors: number): Orders => {
  const path: Visit[] = [];
  const known = new Map<string, readonly Footprint[]>();
  /** How often it met something although it was tried alone: others are tried before it. */
  const met = new Map<string, number>();
  let depth = 0;
  let follows: readonly Footprint[] = [];

  const follow = (visit: Visit, who: (option: Option) => boolean): void => {
    for (const [index, option] of visit.options.entries()) {
      if (!who(option)) continue;
      visit.queue.push(index);
      if (!option.crash) visit.followed.add(option.by);
    }
  };

  /** Whoever met nothing so far. The clock is not asked: nobody knows whether it will jump. */
  const firstOf = (options: readonly Option[]): number => {
    const workers = options.filter(({ by, crash }) => !crash && by !== NOBODY && by < actors - 1);
    const trouble = ({ name }: Option): number => met.get(name) ?? 0;
    return workers.reduce((best, each) => (trouble(each) < trouble(best) ? each : best), workers[0] ?? END).by;
  };

  const visit = ({ options, state }: Place): Visit | undefined => {
    const { key, slots } = state();
    const before = leaving === 'nothing' ? undefined : known.get(key);
    if (before !== undefined) {
      follows = byWorker(slots, before);
      return undefined;
    }
    const made: Visit = {
      ...{ key, slots, options, queue: [], followed: new Set(), taken: 0, footprint: NONE },
      touched: Array.from({ length: actors }, () => NONE),
    };
    const first = firstOf(options);
    follow(made, ({ by, crash }) => leaving !== 'equal orders' || crash || by === first || first === NOBODY);
    made.taken = made.queue.shift() ?? 0;
    path.push(made);
    return made;
  };

  /** What follows from the option that was taken has been tried. */
  const tried = (at: Visit): void => {
    const { touched, followed, footprint } = at;
    const option = at.options[at.taken] ?? END;
    for (const [worker, more] of follows.entries()) touched[worker] = joined(touched[worker] ?? NONE, more);
    if (option.crash || option.by === NOBODY) return;
    touched[option.by] = joined(touched[option.by] ?? NONE, footprint);
    for (const [worker, more] of follows.entries()) {
      if (followed.has(worker) || !meet(footprint, more)) continue;
      met.set(option.name, (met.get(option.name) ?? 0) + 1);
      follow(at, ({ by, crash }) => by === worker && !crash);
    }
  };

  return {
    begin: () => {
      depth = 0;
      follows = [];
    },
    choose: (place) => {
      const here = path[depth] ?? visit(place);
      if (here === undefined) return undefined;
      const names = ({ options }: Pick<Place, 'options'>): string => options.map(({ name }) => name).join('\n');
      if (names(here) !== names(place)) throw new Error('a worker is not deterministic: other steps than before');
      depth += 1;
      return here.taken;
    },
    did: (footprint) => {
      const here = path[depth - 1];
      if (here !== undefined) here.footprint = footprint;
    },
    next: () => {
      if (depth < path.length) throw new Error('a worker is not deterministic: fewer steps than before');
      for (;;) {
        const here = path.at(-1);
        if (here === undefined) return false;
        tried(here);
        follows = here.touched;
        const next = here.queue.shift();
        if (next !== undefined) {
          here.taken = next;
          return true;
        }
        if (leaving !== 'nothing') known.set(here.key, inSlots(here));
        path.pop();
      }
    },
    trace: () => path.slice(0, depth).map(({ options, taken }) => options[taken]?.name ?? ''),
    places: () => known.size,
  };
};

/** The clock has the last slot everywhere. */
const inSlots = ({ slots, touched }: Visit): readonly Footprint[] =>
  [...slots, slots.length].map((worker) => touched[worker] ?? NONE);

const byWorker = (slots: readonly number[], known: readonly Footprint[]): readonly Footprint[] =>
  [...slots.map((_, worker) => slots.indexOf(worker)), slots.length].map((slot) => known[slot] ?? NONE);

const END: Option = { name: '', by: NOBODY, crash: false };
