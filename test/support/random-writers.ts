/** Connections that change persons and papers in transactions which stay open, roll back, and commit in any order. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityKey } from '../../src/plugin.ts';
import type { ChangeWorld, Writer } from './change-worlds.ts';

const HOUSEHOLDS = 4;
const OWN_ROWS = 12;
const LONGEST_MS = 1_500;

export interface Writing {
  done(): boolean;
  readonly result: Promise<void>;
  /** Of all records that may have been touched. */
  keys(type: string): readonly EntityKey[];
}

type Random = (below: number) => number;

const generator = (seed: number): Random => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

/** Every writer has rows of its own, so that none waits for another's lock. */
const statement = (world: ChangeWorld, writer: number, random: Random): string => {
  const row = () => (writer + 1) * 100 + random(OWN_ROWS);
  const household = () => (random(5) === 0 ? 'null' : String(1 + random(HOUSEHOLDS)));
  const text = () => `x${random(1_000_000)}`;
  const person = row();
  const stamped = `changed_at = ${world.now}`;
  const paperStamped = `changed_at = ${world.second}`;
  switch (random(9)) {
    case 0:
    case 1:
      return `insert into person select ${person}, ${household()}, '${text()}', '${text()}', 0, ${world.now} from household where hh_id = 1 and not exists (select 1 from person where person_id = ${person})`;
    case 2:
      return `update person set surname = '${text()}', ${stamped} where person_id = ${person}`;
    case 3:
      return `update person set hh_id = ${household()}, ${stamped} where person_id = ${person}`;
    case 4:
      return `update person set deleted = 1 - deleted, ${stamped} where person_id = ${person}`;
    case 5:
      return `delete from person where person_id = ${person}`;
    case 6: {
      const paper = row();
      return `insert into paper select ${paper}, ${row()}, '${text()}', ${world.second} from household where hh_id = 1 and not exists (select 1 from paper where paper_id = ${paper})`;
    }
    case 7:
      return `update paper set person_id = ${row()}, number = '${text()}', ${paperStamped} where paper_id = ${row()}`;
    default:
      return `delete from paper where paper_id = ${row()}`;
  }
};

const write = async (world: ChangeWorld, writer: Writer, number: number, random: Random, until: number) => {
  while (performance.now() < until) {
    await writer.run('begin');
    try {
      for (let left = 1 + random(3); left > 0; left -= 1) {
        await writer.run(statement(world, number, random));
        if (world.concurrent) await sleep(random(200));
      }
      if (world.concurrent && random(3) === 0) await sleep(random(LONGEST_MS - 600));
      await writer.run(random(6) === 0 ? 'rollback' : 'commit');
    } catch (cause) {
      if (!(cause instanceof Error && /deadlock/i.test(cause.message))) throw cause;
      await writer.run('rollback'); // what the database undid is a rollback like any other
    }
    await sleep(random(100));
  }
  await writer.close();
};

export const runWriters = (world: ChangeWorld, { seconds, seed }: { seconds: number; seed: number }): Writing => {
  let done = false;
  const until = performance.now() + seconds * 1000;
  const writers = world.concurrent ? 4 : 1;
  const work = async () => {
    const all = Array.from({ length: writers }, async (_, number) =>
      write(world, await world.writer(), number, generator(seed + number), until),
    );
    await Promise.all(all);
  };
  const result = work().finally(() => {
    done = true;
  });
  const persons = Array.from(
    { length: writers * OWN_ROWS },
    (_, n): EntityKey => [(Math.floor(n / OWN_ROWS) + 1) * 100 + (n % OWN_ROWS)],
  );
  const households = Array.from({ length: HOUSEHOLDS }, (_, n): EntityKey => [n + 1]);
  return { done: () => done, result, keys: (type) => (type === 'Person' ? persons : households) };
};
