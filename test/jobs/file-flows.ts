/** A file in every order of two workers' steps: each part is made once, all are sent, none waits for ever. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReceiveFile } from '../../src/registry/files/incoming-file.ts';
import { CHUNKS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, explore } from '../support/explore.ts';
import { type FlowOptions, flowsOf, LEASE_MS, PARTNER, type Sent } from '../support/explored-flows.ts';
import type { World } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';

const ROWS = 1_200;
const LANE = 'files:health';
const TEXT = `identifier_type,identifier_value\n${'UIN,1\n'.repeat(ROWS)}`;

const actorOf = (store: Pick<Actor, 'documents' | 'lanes'>, world: World): Actor => ({
  ...store,
  effect: async (_name, work) => work(),
  now: () => world.now,
});

const unlimited = {
  admit: async () => undefined,
  concurrently: async <T>(_partner: unknown, work: () => Promise<T>) => work(),
  charge: async () => undefined,
};

const acceptFile = async (actor: Actor, world: World, worker: string): Promise<string> => {
  const receive = createReceiveFile({
    ...{ documents: actor.documents, sealer: createTestSealer(), clock: actor.now, data: unlimited, maxRows: ROWS },
  });
  const file = await receive(PARTNER, async function* () {
    yield Buffer.from(TEXT);
  });
  return flowsOf(actor, world, worker).accept({ file });
};

const postsIn = (world: World): readonly Sent[] =>
  world.effects.filter((each): each is Sent => typeof each === 'object' && each !== null && 'url' in each);

const namesOf = (world: World): readonly string[] =>
  [...new Set(postsIn(world).map(({ messageId, body }) => `${messageId} ${/"name":"([^"]*)"/.exec(body)?.[1]}`))]
    .map((each) => each.replace(/^\S+ /, ''))
    .sort();

/** Chunks of rows. What a worker made in vain goes by retention. */
const rowsIn = (world: World): readonly unknown[] => {
  const sets = new Set(world.state.all(TRANSACTIONS).map(({ _id }) => K(_id, 'rows')));
  return world.state.all(CHUNKS).filter(({ digest }) => sets.has(digest));
};

export const exploreFiles = (name: string, trouble: { readonly crashes: number; readonly jumps: number }): void => {
  describe(`a file, ${name}`, () => {
    const exploreRuns = (options: FlowOptions, check: (world: World) => void) =>
      explore({
        start: async (store, world) => void (await acceptFile(actorOf(store, world), world, 'start')),
        workers: ['a', 'b'].map(
          (worker) => (actor: Actor, world: World) => flowsOf(actor, world, worker, options).run(LANE),
        ),
        crashes: trouble.crashes,
        jumps: { count: trouble.jumps, ms: LEASE_MS },
        finish: (actor, world) => flowsOf(actor, world, 'finish', options).settle(),
        check,
      });

    it('each part is told once', async () => {
      const { ends } = await exploreRuns({}, (world) => {
        assert.deepEqual(namesOf(world), ['part-0', 'part-1']);
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        if (trouble.crashes === 0) assert.deepEqual(rowsIn(world), [], 'its rows are gone');
      });
      assert.ok(ends > 1, `${ends} ends`);
    });
  });
};
