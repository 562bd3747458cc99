import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropChunks, openBody, sealBody } from '../../src/registry/sealed-body.ts';
import { createSealer } from '../../src/security/at-rest.ts';
import { CHUNKS } from '../../src/store/async-documents.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';

const sealer = createSealer(Buffer.alloc(32, 3));
const LONG = Array.from({ length: 200_000 }, (_, i) => `record ${i}`).join(' ');

test('a small body is one sealed text', async () => {
  const { documents } = exploredStore(createWorld(), atOnce);
  const { sealed, chunks, writes } = sealBody(sealer, 'set', 'Jane', 1);
  assert.deepEqual([chunks, writes], [undefined, []]);
  assert.ok(sealed !== undefined && !sealed.includes('Jane'));
  assert.equal(await openBody(documents, sealer, { sealed, chunks, set: 'set' }), 'Jane');
});

test('a body over a megabyte is in chunks, each sealed, and whole again when it is opened', async () => {
  const world = createWorld();
  const { documents } = exploredStore(world, atOnce);
  const { sealed, chunks, writes } = sealBody(sealer, 'set', LONG, 1);
  assert.equal(sealed, undefined);
  await documents.apply(writes);
  await documents.apply(sealBody(sealer, 'set', LONG, 2).writes); // another writer of the same
  const stored = world.state.all(CHUNKS);
  assert.equal(stored.length, chunks);
  assert.ok(stored.every(({ data }) => data.length < 1_000_000 && !data.includes('record')));
  assert.equal(await openBody(documents, sealer, { sealed, chunks, set: 'set' }), LONG);
  await documents.apply(dropChunks({ chunks, set: 'set' }));
  assert.equal(world.state.all(CHUNKS).length, 0);
  await assert.rejects(openBody(documents, sealer, { sealed, chunks, set: 'set' }), { code: 'service.fault' });
});

test('a body that was dropped is undefined', async () => {
  const { documents } = exploredStore(createWorld(), atOnce);
  assert.equal(await openBody(documents, sealer, { sealed: undefined, chunks: undefined, set: '' }), undefined);
});
