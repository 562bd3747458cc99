import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectionOf, type Stored } from '../../src/store/documents.ts';
import { type Actor, type Exploration, explore } from './explore.ts';
import type { World } from './explored-store.ts';

interface Note extends Stored {
  readonly n?: number;
}

const NOTES = collectionOf<Note>()('notes', { byNumber: { fields: ['n'], unique: true } });

/** Everything that can be seen at the ends. */
const endsOf = async (exploration: Omit<Exploration, 'check'>): Promise<Set<string>> => {
  const ends = new Set<string>();
  await explore({
    ...exploration,
    check: (world) =>
      void ends.add(JSON.stringify([world.effects, world.state.all(NOTES).map(({ _id, n }) => [_id, n])])),
  });
  return ends;
};

const writes = (name: string, count: number) => async (actor: Actor, world: { effects: unknown[] }) => {
  for (let i = 0; i < count; i++) await actor.effect(`${name}${i}`, () => void world.effects.push(`${name}${i}`));
};

describe('the exploration', () => {
  it('sees every order of the steps of two workers', async () => {
    const ends = await endsOf({ workers: [writes('a', 3), writes('b', 3)], crashes: 0 });
    assert.equal(ends.size, 20, 'six steps, of which three are of the first');
  });

  it('sees a crash before every step, of either worker, once', async () => {
    const one = await endsOf({ workers: [writes('a', 3)], crashes: 1 });
    assert.deepEqual([...one].sort(), ['[["a0","a1","a2"],[]]', '[["a0","a1"],[]]', '[["a0"],[]]', '[[],[]]']);
    const two = await endsOf({ workers: [writes('a', 1), writes('b', 1)], crashes: 1 });
    assert.equal(two.size, 4, 'ab, ba, a, b');
    const both = await endsOf({ workers: [writes('a', 1), writes('b', 1)], crashes: 2 });
    assert.equal(both.size, 5, 'and nothing');
  });

  it('finds the lost update of workers that do not compare, and none where they do', async () => {
    const add = (compare: boolean) => async (actor: Actor) => {
      for (;;) {
        const note = await actor.documents.get(NOTES, 'sum');
        assert.ok(note);
        const next = { ...note, n: (note.n ?? 0) + 1 };
        if (compare) {
          if (await actor.documents.replace(NOTES, next)) return;
        } else {
          await actor.documents.remove(NOTES, 'sum');
          await actor.documents.insert(NOTES, next);
          return;
        }
      }
    };
    const exploration = (compare: boolean): Exploration => ({
      start: async ({ documents }) => void (await documents.insert(NOTES, { _id: 'sum', version: 1, n: 0 })),
      workers: [add(compare), add(compare)],
      crashes: 0,
      check: (world) => assert.equal(world.state.get(NOTES, 'sum')?.n, 2),
    });
    await assert.rejects(explore(exploration(false)), /ends badly[\s\S]*\n {2}worker 0: get notes sum/);
    await explore(exploration(true));
  });

  it('finds the lost wake-up of a worker that wakes before it writes, and none in the other order', async () => {
    const LANE = 'lane';
    const producer = (wakeFirst: boolean) => async (actor: Actor) => {
      if (wakeFirst) await actor.lanes.wake(LANE, 0);
      await actor.documents.insert(NOTES, { _id: 'work', version: 1 });
      if (!wakeFirst) await actor.lanes.wake(LANE, 0);
    };
    const consumer = async ({ lanes, documents, effect }: Actor, world: { effects: unknown[] }) => {
      let lease = await lanes.take(LANE, 'me', 1000);
      while (lease !== undefined) {
        if ((await documents.get(NOTES, 'work')) !== undefined) {
          await effect('work', () => void world.effects.push('work'));
          await documents.remove(NOTES, 'work');
        }
        if ((await lanes.release(lease, undefined)) !== 'again') return;
        lease = await lanes.renew(lease, 1000);
      }
    };
    const exploration = (wakeFirst: boolean): Exploration => ({
      workers: [producer(wakeFirst), consumer],
      crashes: 0,
      finish: async (actor, world) => {
        for (const _ of await actor.lanes.due(9)) await consumer(actor, world);
      },
      check: (world) => assert.deepEqual(world.effects, ['work']),
    });
    await assert.rejects(explore(exploration(true)), /ends badly/);
    await explore(exploration(false));
  });

  it('lets a lease end under its owner when the clock may jump', async () => {
    const worker = (name: string) => async (actor: Actor, world: { effects: unknown[] }) => {
      if ((await actor.lanes.take('lane', name, 1000)) === undefined) return;
      await actor.effect(name, () => void world.effects.push(name));
    };
    const exploration = {
      start: async ({ lanes }) => lanes.wake('lane', 0),
      workers: [worker('a'), worker('b')],
      crashes: 0,
    } satisfies Omit<Exploration, 'check'>;
    assert.equal((await endsOf(exploration)).size, 2, 'one of the two');
    assert.equal((await endsOf({ ...exploration, jumps: { count: 1, ms: 1000 } })).size, 4, 'or both, in either order');
  });

  it('tells apart when a worker asked for the time, although nothing was written meanwhile', async () => {
    const worker = async (actor: Actor, world: { effects: unknown[] }): Promise<void> => {
      await actor.documents.get(NOTES, 'none');
      const asked = actor.now();
      await actor.documents.get(NOTES, 'none');
      await actor.effect('tell', () => void world.effects.push(actor.now() - asked));
    };
    const ends = await endsOf({ workers: [worker], crashes: 0, jumps: { count: 1, ms: 1000 } });
    assert.deepEqual([...ends].sort(), ['[[0],[]]', '[[1000],[]]']);
  });

  it('tells apart what was there outside of the store when it was looked at', async () => {
    const ends = await endsOf({
      workers: [
        async ({ effect }, world) => {
          const seen = await effect('look', () => world.outside.size);
          await effect('tell', () => void world.effects.push(seen));
        },
        async ({ effect }, world) => void (await effect('change', () => world.outside.set('a registry', {}))),
      ],
      crashes: 0,
    });
    assert.deepEqual([...ends].sort(), ['[[0],[]]', '[[1],[]]']);
  });

  it('lets a step fail before and after it took effect, and effects outside never', async () => {
    const ends = await endsOf({
      workers: [
        async (actor, world) => {
          const done = await actor.documents.insert(NOTES, { _id: 'a', version: 1 }).then(
            () => 'done',
            () => 'not done',
          );
          await actor.effect('tell', () => void world.effects.push(done));
        },
      ],
      crashes: 0,
      faults: 1,
    });
    assert.deepEqual([...ends].sort(), ['[["done"],[["a",null]]]', '[["not done"],[["a",null]]]', '[["not done"],[]]']);
  });

  it('interrupts a group between its writes', async () => {
    const ends = await endsOf({
      workers: [
        async ({ documents }) => {
          await documents.apply(
            [1, 2].map((n) => ({
              kind: 'insert' as const,
              collection: NOTES,
              document: { _id: `${n}`, version: 1 },
              ifAbsent: false,
            })),
          );
        },
      ],
      crashes: 1,
    });
    assert.equal(ends.size, 3, 'none, one, both');
  });

  it('fails on a worker that is not deterministic, one that waits for nothing it knows, and too many runs', async () => {
    let runs = 0;
    const fickle = async (actor: Actor): Promise<void> => {
      runs += 1;
      if (runs % 2 === 0) return;
      await Promise.all([actor.effect('a', () => 1), actor.effect('b', () => 2)]);
    };
    await assert.rejects(endsOf({ workers: [fickle] }), /not deterministic/);
    await assert.rejects(endsOf({ workers: [() => new Promise(() => undefined)] }), /no step/);
    await assert.rejects(endsOf({ workers: [writes('a', 5), writes('b', 5)], limit: 20 }), /more than 20 runs/);
  });

  it('fails on a worker that looks at the world outside of its steps, and on a step that takes its time', async () => {
    const looking = (look: (world: World) => unknown) => async (_actor: Actor, world: World) => void look(world);
    for (const look of [({ state }: World) => state.all(NOTES), ({ effects }: World) => effects.length])
      await assert.rejects(endsOf({ workers: [looking(look)] }), /looks at (notes|effects) outside of its steps/);
    const slow = async ({ effect }: Actor) => void (await effect('slow', async () => 1));
    await assert.rejects(endsOf({ workers: [slow] }), /slow does not answer at once/);
  });

  it('reports what a worker throws that is not the store', async () => {
    const broken = async (actor: Actor): Promise<void> => {
      await actor.effect('a', () => 1);
      throw new TypeError('a fault in the program');
    };
    await assert.rejects(
      endsOf({ workers: [broken] }),
      /a fault in the program\n {2}worker 0: begins\n {2}worker 0: a/,
    );
  });
});
