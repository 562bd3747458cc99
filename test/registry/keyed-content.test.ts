/** No id in the store says whether a guessed content is right: wherever one follows from a content, it is keyed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEncryptOnce } from '../../src/registry/encrypt-once.ts';
import { createOpenKept } from '../../src/registry/kept-answers.ts';
import { createKeyed, type Keyed } from '../../src/registry/keyed.ts';
import { draftEntry, insertions, messagePlace } from '../../src/registry/outbox.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createStartRelay } from '../../src/registry/relay.ts';
import { openBody, sealBody } from '../../src/registry/sealed-body.ts';
import type { EncryptionKey } from '../../src/security/encryption/encrypt.ts';
import { CHUNKS, OUTBOX, type OutboxEntry, RELAYED, type Transaction } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import type { Documents } from '../../src/store/documents.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import { partnerOf } from '../support/partners.ts';

const sealer = createTestSealer();
const clock = (): number => 1_000;
const ENVELOPE = { header: { status: 'succ' }, message: { text: 'Diallo '.repeat(200_000) } };

/** The ids that a work leaves in the store, with this key. */
const idsWith = async (key: number, work: (keyed: Keyed, documents: Documents) => Promise<void>) => {
  const world = createWorld();
  await work(createKeyed(Buffer.alloc(32, key)), exploredStore(world, atOnce).documents);
  const chunks = world.state.all(CHUNKS).map(({ _id, digest, n }) => [_id, digest, n]);
  const relayed = world.state.all(RELAYED).map(({ _id }) => [_id]);
  return [...chunks, ...relayed].toSorted();
};

/** The same twice with one key; with another one nothing of it. */
const keyedOnly = async (work: Parameters<typeof idsWith>[1]): Promise<void> => {
  const [first, again, other] = await Promise.all([idsWith(1, work), idsWith(1, work), idsWith(2, work)]);
  assert.ok(first.length > 0);
  assert.deepEqual(again, first);
  const ids = new Set(other.map(([id]) => id));
  assert.ok(first.every(([id]) => !ids.has(id)));
};

const drafted = (keyed: Keyed) =>
  draftEntry(
    {
      ...{ id: 'd-1', kind: 'on-search', partner: 'health', registry: 'social', count: 1, messageId: 'm-1' },
      ...{ rightsVersion: 'v', envelope: ENVELOPE, url: undefined, at: 1_000, confidential: false },
    },
    sealer,
    keyed,
  );

test('a large message in the outbox', () =>
  keyedOnly(async (keyed, documents) => {
    await documents.apply(insertions(drafted(keyed)));
  }));

test('a large message as it is encrypted', () =>
  keyedOnly(async (keyed, documents) => {
    await documents.apply(insertions(drafted(keyed)));
    const entry = await documents.get(OUTBOX, 'd-1');
    assert.ok(entry);
    const key = { fingerprint: 'f' } as EncryptionKey; // nothing else of it is looked at
    const encryptOnce = createEncryptOnce({
      ...{ documents, sealer, keyed, clock },
      findRecipient: async () => ({ key }) as never, // the same
      encrypt: async (text) => `${text} `,
    });
    await encryptOnce(entry, partnerOf('health')).catch(() => undefined); // its text is no JWE
    assert.equal((await documents.get(OUTBOX, 'd-1'))?.encrypted?.chunks, 3);
  }));

test('what a registry answered to work that waits', () =>
  keyedOnly(async (keyed, documents) => {
    const kept = await createOpenKept({ documents, sealer, keyed, clock })({ transaction: 't-1' }, false);
    await kept.answers.answer('who', async () => ({ name: 'Diallo' }));
    await kept.keep();
  }));

test('what an upstream is asked by a message', () =>
  keyedOnly(async (keyed, documents) => {
    const relay = { partner: 'up', callbackUrl: 'https://us.example', timeoutMs: 60_000, maxBytes: 10_000 };
    const upstream = { link: { send: async () => undefined }, relay };
    const registry = { config: { id: 'social' }, plugin: { upstream } } as unknown as Registry; // only this is looked at
    const transaction = { _id: 't-1', registry: 'social', acceptedAt: 1 } as Transaction; // the same
    const { signal } = new AbortController();
    const started = createStartRelay({ documents, sealer, keyed, clock })(transaction, registry, { signal });
    const items = [{ reference_id: 'r-1', search_criteria: { query: { type: 'UIN', value: '700' } } }];
    await assert.rejects(async () => started?.relay.ask(items), /has not called back yet/);
  }));

test('a message that lies in the store under a plain hash, as it was written before, is whole', async () => {
  const { documents } = exploredStore(createWorld(), atOnce);
  const text = JSON.stringify(ENVELOPE);
  const set = K('d-1', text);
  const { chunks, writes } = sealBody(sealer, set, text, 1);
  await documents.apply(writes);
  const place = messagePlace({ digest: set, chunks } as OutboxEntry); // nothing else of it is looked at
  assert.equal(await openBody(documents, sealer, place), text);
});
