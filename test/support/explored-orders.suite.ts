/** What the exploration leaves out makes no difference: the ends of many small programs are the same without it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectionOf, type Stored } from '../../src/store/documents.ts';
import { type Actor, type Exploration, explore } from './explore.ts';
import type { Leaving } from './explored-orders.ts';
import type { World } from './explored-store.ts';

interface Note extends Stored {
  readonly group: string;
  readonly n: number;
}

const NOTES = collectionOf<Note>()('notes', {
  byGroup: { fields: ['group', 'n'] },
  byNumber: { fields: ['n'], unique: true },
});

type Random = (below: number) => number;

/** The same numbers for the same seed. */
const randomOf = (seed: number): Random => {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
};

/** What a worker does in one step, and what it remembers of it: what it does later follows from that. */
type Deed = (actor: Actor, world: World, memory: number) => Promise<number>;

const deedOf = (random: Random): Deed => {
  const id = `${random(3)}`;
  const group = `g${random(2)}`;
  const lane = `l${random(2)}`;
  const deeds: readonly Deed[] = [
    async ({ documents }) => (await documents.get(NOTES, id))?.n ?? 0,
    async ({ documents }) => (await documents.find(NOTES, { index: 'byGroup', equals: [group], limit: 9 })).length,
    async ({ documents }, _, memory) => documents.count(NOTES, { index: 'byNumber', equals: [], from: memory % 3 }),
    async ({ documents }, _, memory) =>
      Number((await documents.insert(NOTES, { _id: id, version: 1, group, n: memory % 5 })).done),
    async ({ documents }, _, memory) => {
      const found = await documents.get(NOTES, id);
      return found === undefined ? 7 : Number(await documents.replace(NOTES, { ...found, group, n: memory }));
    },
    async ({ documents }, _, memory) => documents.remove(NOTES, id).then(() => memory),
    async ({ lanes }, _, memory) => lanes.wake(lane, memory * 1_000).then(() => memory),
    async ({ lanes }) => {
      const lease = await lanes.take(lane, 'owner', 1_000);
      if (lease === undefined) return 3;
      return (await lanes.release(lease, undefined)) === 'again' ? 4 : 5;
    },
    async ({ lanes }) => (await lanes.take(lane, 'owner', 1_000))?.wakes ?? 6,
    async ({ lanes }) => (await lanes.due(1)).length,
    async ({ effect }, { effects }, memory) => effect('tell', () => effects.push(memory)),
    async ({ effect }, { outside }) => effect('look', () => outside.size),
    async ({ effect }, { outside }, memory) => effect('change', () => outside.set(id, memory).size),
    async ({ now }, _, memory) => memory + (now() % 7),
  ];
  return deeds[random(deeds.length)] ?? (async () => 0);
};

const workerOf = (random: Random, steps: number): Exploration['workers'][number] => {
  const deeds = Array.from({ length: steps }, () => [deedOf(random), deedOf(random)] as const);
  return async (actor, world) => {
    let memory = 1;
    for (const [one, other] of deeds) memory = await (memory % 2 === 0 ? one : other)(actor, world, memory);
    await actor.effect('end', () => void world.effects.push(memory));
  };
};

const endsOf = async (exploration: Omit<Exploration, 'check'>, leaving: Leaving) => {
  const ends = new Set<string>();
  const explored = await explore({
    ...exploration,
    leaving,
    limit: 1_000_000,
    check: (world) =>
      void ends.add(JSON.stringify([world.state.describe(), world.now, world.effects, [...world.outside].sort()])),
  });
  return { ends: [...ends].sort(), runs: explored.runs };
};

const start: Exploration['start'] = async ({ documents, lanes }) => {
  await documents.insert(NOTES, { _id: '0', version: 1, group: 'g0', n: 3 });
  await lanes.wake('l0', 0);
};

const TROUBLES: readonly Pick<Exploration, 'crashes' | 'faults' | 'jumps'>[] = [
  { crashes: 0 },
  { crashes: 1 },
  { crashes: 2 },
  { crashes: 0, jumps: { count: 1, ms: 1_000 } },
  { crashes: 1, jumps: { count: 1, ms: 1_000 } },
  { crashes: 0, faults: 1 },
];

/** @param programs how many are tried */
export const compareOrders = (programs: number): void => {
  describe('what the exploration leaves out', () => {
    /** @param whole what the rest is compared with: of three workers all orders are too many */
    const compare = async (workers: number, whole: Leaving): Promise<void> => {
      let all = 0;
      let some = 0;
      for (let seed = 1; seed <= programs; seed++) {
        const random = randomOf(seed * 10 + workers);
        const exploration: Omit<Exploration, 'check'> = {
          start,
          workers: Array.from({ length: workers }, () => workerOf(random, workers === 2 ? 2 : 1)),
          ...TROUBLES[seed % TROUBLES.length],
        };
        const expected = await endsOf(exploration, whole);
        for (const leaving of ['equal places', 'equal orders'] as const) {
          const { ends, runs } = await endsOf(exploration, leaving);
          assert.deepEqual(ends, expected.ends, `seed ${seed}, without ${leaving}`);
          if (leaving === 'equal orders') some += runs;
        }
        all += expected.runs;
      }
      assert.ok(some < all / 2, `${some} of ${all} runs`);
    };

    it('changes none of the ends of two workers, with crashes, faults and jumps of the clock', () =>
      compare(2, 'nothing'));

    it('changes none of the ends of three', () => compare(3, 'equal places'));

    it('changes none where two workers do the same', async () => {
      for (let seed = 1; seed <= programs; seed++) {
        const worker = workerOf(randomOf(seed), 2);
        const exploration: Omit<Exploration, 'check'> = { start, workers: [worker, worker], crashes: seed % 2 };
        const [some, all] = [await endsOf(exploration, 'equal orders'), await endsOf(exploration, 'nothing')];
        assert.deepEqual(withoutTokens(some.ends), withoutTokens(all.ends), `seed ${seed}`);
      }
    });
  });
};

/** Which of the two it was is seen in the leases. */
const withoutTokens = (ends: readonly string[]): ReadonlySet<string> =>
  new Set(ends.map((end) => end.replaceAll(/worker \d/g, 'worker')));
