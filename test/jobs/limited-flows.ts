/**
 * A request and a file whose registry limits how often it is asked, in every order of two workers' steps with a crash between
 * them: all is answered, waiting costs no start, and what was answered before a wait is not asked again.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackendError, type KeptAnswers } from '../../src/plugin.ts';
import { rowsWrite } from '../../src/registry/files/file-rows.ts';
import type { IncomingFile } from '../../src/registry/files/incoming-file.ts';
import { CHUNKS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, explore } from '../support/explore.ts';
import { contentOf, type FlowOptions, flowsOf, LEASE_MS, type Sent } from '../support/explored-flows.ts';
import type { World } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';

interface Called {
  readonly called: string;
  readonly answered: boolean;
}

const calledIn = (world: World): readonly Called[] =>
  world.effects.filter((each): each is Called => typeof each === 'object' && each !== null && 'called' in each);

const answeredIn = (world: World): readonly string[] =>
  calledIn(world).flatMap(({ called, answered }) => (answered ? called : []));

/** Two calls; the second one is refused so often: more than it may be started. */
const LIMITED = 6;

const callsOf = async (name: string, kept: KeptAnswers | undefined, actor: Actor, world: World): Promise<void> => {
  for (const called of [`${name} 1`, `${name} 2`]) {
    await kept?.answer(called, async () => {
      const answered = await actor.effect('call', () => {
        const refused = calledIn(world).filter((each) => each.called === called && !each.answered).length;
        const answers = called !== `${name} 2` || refused >= LIMITED;
        world.effects.push({ called, answered: answers });
        return answers;
      });
      if (!answered) throw new BackendError('unavailable', 'it answers 429', { retryAfterMs: 60_000 });
      return called;
    });
  }
};

const optionsOf = (actor: Actor, world: World): FlowOptions => ({
  runners: {
    search: {
      run: async ({ kept }) => {
        await callsOf('search', kept, actor, world);
        return [contentOf('found')];
      },
      refuse: (_work, { code }) => ({ ...contentOf(code), status: 'rjct' }),
    },
  },
  fileRunner: {
    run: async ({ part, kept, mayGoOn }) => {
      if (!(await mayGoOn())) return undefined;
      await callsOf(`part-${part}`, kept.answers, actor, world);
      return contentOf(`part-${part}`);
    },
    refuse: ({ part }, { code }) => ({ ...contentOf(`part-${part} ${code}`), status: 'rjct' }),
  },
});

const acceptFile = async ({ documents, ...actor }: Actor, world: World): Promise<void> => {
  const sealer = createTestSealer();
  const file: IncomingFile = {
    rows: 1_200,
    keep: async (transaction) => {
      const rows = [{ type: 'UIN', value: '1' }];
      await documents.apply([0, 1].map((part) => rowsWrite(sealer, transaction, part, rows, actor.now())));
    },
    drop: async () => undefined,
  };
  await flowsOf({ documents, ...actor }, world, 'start').accept({ file });
};

/** Names of what was told. */
const toldIn = (world: World): readonly string[] => {
  const posts = world.effects.filter(
    (each): each is Sent => typeof each === 'object' && each !== null && 'url' in each,
  );
  return [...new Set(posts.map(({ body }) => /"name":"([^"]*)"/.exec(body)?.[1] ?? ''))].sort();
};

/** Chunks of kept answers of these parts. */
const keptIn = (world: World, parts: readonly number[]): readonly unknown[] => {
  const sets = new Set(world.state.all(TRANSACTIONS).flatMap(({ _id }) => parts.map((part) => K(_id, 'kept', part))));
  return world.state.all(CHUNKS).filter(({ digest }) => sets.has(digest));
};

export const exploreLimited = (name: string, trouble: { readonly crashes: number; readonly jumps: number }): void => {
  const exploring = (
    lane: string,
    accept: (actor: Actor, world: World) => Promise<unknown>,
    check: (world: World) => void,
  ) =>
    explore({
      start: async (store, world) =>
        void (await accept({ ...store, effect: async (_name, work) => work(), now: () => world.now }, world)),
      workers: ['a', 'b'].map(
        (worker) => (actor: Actor, world: World) => flowsOf(actor, world, worker, optionsOf(actor, world)).run(lane),
      ),
      crashes: trouble.crashes,
      jumps: { count: trouble.jumps, ms: LEASE_MS },
      finish: (actor, world) => flowsOf(actor, world, 'finish', optionsOf(actor, world)).settle(),
      check,
    });
  const peaceful = trouble.crashes === 0 && trouble.jumps === 0;
  /** What a worker was answered and did not keep before it ended, or went on with when it was not its own any more, is asked again. */
  const assertAsked = (world: World, calls: readonly string[]): void => {
    const times = Map.groupBy(answeredIn(world), (called) => called);
    assert.deepEqual([...times.keys()].sort(), calls);
    for (const [called, { length }] of times)
      assert.ok(length <= 1 + trouble.crashes + trouble.jumps, `${called}: ${length}`);
  };

  describe(`a registry that limits how often it is asked, ${name}`, () => {
    it('answers a search', async () => {
      await exploring('searches:health', (actor, world) => flowsOf(actor, world, 'start').accept(), (world) => {
        assert.deepEqual(toldIn(world), ['found']);
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        assertAsked(world, ['search 1', 'search 2']);
        if (peaceful) assert.deepEqual(keptIn(world, [0]), []);
      }); // biome-ignore format: one look
    });

    it('answers a file', async () => {
      await exploring('files:health', acceptFile, (world) => {
        assert.deepEqual(toldIn(world), ['part-0', 'part-1']);
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        assertAsked(world, ['part-0 1', 'part-0 2', 'part-1 1', 'part-1 2']);
        if (peaceful) assert.deepEqual(keptIn(world, [0, 1]), []);
      });
    });
  });
};
