/** A file in every order of two workers' steps: each part is made once, all are sent, none waits for ever. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GatewayError } from '../../src/errors.ts';
import { dropRows, rowsWrite } from '../../src/registry/files/file-rows.ts';
import type { IncomingFile } from '../../src/registry/files/incoming-file.ts';
import type { CallbackContent } from '../../src/registry/transaction-work.ts';
import { AUDIT, CHUNKS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, explore } from '../support/explore.ts';
import { contentOf, type FlowOptions, flowsOf, LEASE_MS, type Sent } from '../support/explored-flows.ts';
import type { World } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';

/** Of two parts. */
const ROWS = 1_200;
const LANE = 'files:health';

const actorOf = (store: Pick<Actor, 'documents' | 'lanes'>, world: World): Actor => ({
  ...store,
  effect: async (_name, work) => work(),
  now: () => world.now,
});

/** A row a part: what they hold does not matter here, and every step is told apart by all that lies in the store. */
const acceptFile = async ({ documents, ...actor }: Actor, world: World): Promise<string> => {
  const sealer = createTestSealer();
  const file: IncomingFile = {
    rows: ROWS,
    keep: async (transaction) => {
      const rows = [{ type: 'UIN', value: '1' }];
      await documents.apply([0, 1].map((part) => rowsWrite(sealer, transaction, part, rows, actor.now())));
    },
    drop: async (transaction) => void (await documents.apply(dropRows(transaction, 2))),
  };
  return flowsOf({ documents, ...actor }, world, 'start').accept({ file });
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
        start: async (store, world) => void (await acceptFile(actorOf(store, world), world)),
        workers: ['a', 'b'].map(
          (worker) => (actor: Actor, world: World) => flowsOf(actor, world, worker, options).run(LANE),
        ),
        crashes: trouble.crashes,
        jumps: { count: trouble.jumps, ms: LEASE_MS },
        finish: (actor, world) => flowsOf(actor, world, 'finish', options).settle(),
        check,
      });

    it('each part is told once', async () => {
      const { places } = await exploreRuns({}, (world) => {
        assert.deepEqual(namesOf(world), ['part-0', 'part-1']);
        assert.deepEqual(world.state.all(AUDIT).map(({ outcome }) => outcome).sort(), ['part-0', 'part-1']); // biome-ignore format: one look
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        if (trouble.crashes === 0) assert.deepEqual(rowsIn(world), [], 'its rows are gone');
      });
      assert.ok(places > 1, `${places} places`);
    });

    if (trouble.jumps > 0) return; // whoever comes later is explored above
    it('each part is told once, although its registry let it wait', async () => {
      const part = (n: number, _starts: number, { effects }: World): CallbackContent => {
        if (effects.length === 1) throw new GatewayError('backend.limited', { retryAfter: 20 });
        return contentOf(`part-${n}`);
      };
      const { places } = await exploreRuns({ part }, (world) => {
        assert.deepEqual(namesOf(world), ['part-0', 'part-1']);
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        assert.ok(world.effects.length - postsIn(world).length > 2, 'it was asked again');
      });
      assert.ok(places > 1, `${places} places`);
    });
  });
};
