import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsentQuestion } from '../../../src/registry/consent/decider.ts';
import { rememberDecisions } from '../../../src/registry/consent/remember-decisions.ts';

const set = (cacheMs = 10_000) => {
  const world = { now: 0, yes: new Set<string>(), down: false, asked: [] as string[] };
  const decider = rememberDecisions(
    {
      decide: async ({ persons }) => {
        if (world.down) throw new Error('down');
        const ids = persons.map(({ identifiers }) => String(identifiers.id));
        world.asked.push(ids.join());
        return ids.map((id) => world.yes.has(id));
      },
    },
    () => world.now,
  );
  const service = { url: 'https://c.example', timeoutMs: 1, batch: 10, most: 10, records: [], cacheMs };
  const ask = (ids: readonly string[], more: Partial<ConsentQuestion> = {}) =>
    decider.decide({
      ...{ service, partner: 'a', purpose: 'p', legalBasis: 'consent', signal: new AbortController().signal },
      persons: ids.map((id) => ({ recordType: 'Person', identifiers: { id } })),
      ...more,
    });
  return { world, ask, service };
};

test('a decision counts for its time and no longer: a withdrawn consent is obeyed then', async () => {
  const { world, ask } = set();
  world.yes.add('1');
  assert.deepEqual(await ask(['1', '2']), [true, false]);
  world.yes.clear();
  world.now = 9_999;
  assert.deepEqual(await ask(['2', '1', '3']), [false, true, false]);
  assert.deepEqual(world.asked, ['1,2', '3'], 'only who is not known');
  world.now = 10_000;
  assert.deepEqual(await ask(['1']), [false]);
});

test('another partner, purpose, legal basis, service or record type is another question', async () => {
  const { world, ask, service } = set();
  await ask(['1']);
  const others: Partial<ConsentQuestion>[] = [
    { partner: 'b' },
    { purpose: 'q' },
    { legalBasis: 'contract' },
    { service: { ...service, url: 'https://d.example' } },
    { persons: [{ recordType: 'Member', identifiers: { id: '1' } }] },
  ];
  for (const other of others) await ask(['1'], other);
  assert.equal(world.asked.length, others.length + 1);
});

test('that nobody answered is not kept, and no time keeps nothing', async () => {
  const { world, ask } = set();
  world.down = true;
  await assert.rejects(ask(['1']));
  world.down = false;
  world.yes.add('1');
  assert.deepEqual(await ask(['1']), [true]);
  const none = set(0);
  await none.ask(['1']);
  await none.ask(['1']);
  assert.equal(none.world.asked.length, 2);
});
