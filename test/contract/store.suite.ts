/** What every adapter of the Store keeps to. A fault found in one adapter becomes a case here. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JsonNumber } from '../../src/dci/json-node.ts';
import type { Partner } from '../../src/security/partner.ts';
import type { StoredKey } from '../../src/store/store.ts';
import { partnerOf } from '../support/partners.ts';
import { replayCases } from './store-replay.suite.ts';
import { AT_ONCE, type MakeStore, ODD_TEXTS, times } from './store-subject.ts';

const fullPartner = (): Partner =>
  partnerOf('health', {
    name: 'Ministry of Health',
    senderIds: ['health.example.org', 'https://health.example.org'],
    secret: { kind: 'hmac', hash: 'aGFzaA' },
    keys: [
      {
        keyId: 'k1',
        algorithm: 'ed25519',
        jwk: { kty: 'OKP', crv: 'Ed25519', x: 'eA' },
        source: 'pinned',
        active: true,
      },
    ],
    jwksUrl: 'https://health.example.org/jwks.json',
    limits: { perMinute: 10, maxRecords: 5 },
    scopes: ['registry.search'],
    callbacks: ['https://health.example.org'],
    registries: new Map([
      [
        'social',
        {
          width: 'selective',
          actions: ['search'],
          records: new Map([
            [
              'Person',
              {
                attributes: 'all',
                fields: ['name', 'birth_date'],
                identifierTypes: ['urn:gov:national-id'],
                rows: Object.assign(Object.create(null), {
                  region: Object.assign(Object.create(null), { $eq: new JsonNumber('12345678901234567890.10') }),
                }),
              },
            ],
            ['Group', { attributes: [], fields: 'all', identifierTypes: 'all' }],
          ]),
        },
      ],
    ]),
  });

const storedKey = (id: string, changes: Partial<StoredKey> = {}): StoredKey => ({
  id,
  use: 'sig',
  keyId: `key of ${id}`,
  publicJwk: { kty: 'OKP', crv: 'Ed25519', x: 'eA' },
  sealedPrivateJwk: 'v1.sealed',
  createdAt: 1_700_000_000_000,
  activeFrom: 1_700_000_000_000,
  ...changes,
});

export type { MakeStore } from './store-subject.ts';

export const storeSuite = (name: string, makeStore: MakeStore): void => {
  describe(`the Store contract on ${name}`, () => {
    partnerCases(makeStore);
    keyCases(makeStore);
    replayCases(makeStore);
    it('answers that it is well, and rejects with a StoreError once it was closed', async () => {
      await using made = await makeStore({ clock: Date.now });
      await made.store.health();
      await made.store.close();
      await assert.rejects(made.store.health(), { name: 'StoreError' });
      await assert.rejects(made.store.partners.list(), { name: 'StoreError' });
      await assert.rejects(made.store.replay.remember('p', 'm', 'd', Date.now() + 1000), { name: 'StoreError' });
    });
  });
};

const partnerCases = (makeStore: MakeStore): void => {
  it('gives a partner back as it was inserted, rights and row filters included', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    assert.equal(await partners.insert(fullPartner()), true);
    assert.deepEqual(await partners.get('health'), fullPartner());
    assert.deepEqual(await partners.list(), [fullPartner()]);
    assert.equal(await partners.get('nobody'), undefined);
  });

  it('keeps ids with quotes, dots, dollars and letters of every script apart', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    for (const text of ODD_TEXTS) {
      assert.equal(
        await partners.insert(partnerOf(text, { clientId: `c ${text}`, senderIds: [`s ${text}`] })),
        true,
        text,
      );
    }
    for (const text of ODD_TEXTS) {
      const found = await partners.get(text);
      assert.equal(found?.clientId, `c ${text}`);
      assert.deepEqual(found?.senderIds, [`s ${text}`]);
    }
    assert.equal((await partners.list()).length, ODD_TEXTS.length);
  });

  it('tells ids apart by case and trailing blanks', async () => {
    await using made = await makeStore({ clock: Date.now });
    for (const id of ['abc', 'ABC', 'abc ', 'ábc'])
      assert.equal(await made.store.partners.insert(partnerOf(id)), true, id);
  });

  it('refuses a second partner with the same id, client id or sender id, and keeps nothing of it', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    await partners.insert(partnerOf('a', { senderIds: ['s1', 's2'] }));
    const before = await partners.revision();
    assert.equal(await partners.insert(partnerOf('a', { clientId: 'x', senderIds: ['x'] })), false);
    assert.equal(await partners.insert(partnerOf('b', { clientId: 'a-client' })), false);
    assert.equal(await partners.insert(partnerOf('b', { senderIds: ['new', 's2'] })), false);
    assert.deepEqual(
      (await partners.list()).map(({ id }) => id),
      ['a'],
    );
    assert.equal(await partners.revision(), before);
    assert.equal(
      await partners.insert(partnerOf('b', { senderIds: ['new'] })),
      true,
      'the refused sender id is still free',
    );
  });

  it('lets one of fifty inserts of the same client id win', async () => {
    await using made = await makeStore({ clock: Date.now });
    const won = await Promise.all(
      times(AT_ONCE, (i) => made.store.partners.insert(partnerOf(`p${i}`, { clientId: 'same' }))),
    );
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal((await made.store.partners.list()).length, 1);
  });

  it('replaces by compare and set: one of fifty writers of a version wins, and the version grows by one', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    await partners.insert(partnerOf('a'));
    const won = await Promise.all(times(AT_ONCE, (i) => partners.replace(partnerOf('a', { name: `writer ${i}` }), 1)));
    assert.equal(won.filter(Boolean).length, 1);
    const now = await partners.get('a');
    assert.equal(now?.version, 2);
    assert.equal(now?.name, `writer ${won.indexOf(true)}`);
    assert.equal(await partners.replace(partnerOf('a'), 1), false);
    assert.equal(await partners.replace(partnerOf('nobody'), 1), false);
  });

  it('frees the client and sender ids that a replacement gave up, and refuses those of another partner', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    await partners.insert(partnerOf('a', { clientId: 'old', senderIds: ['old'] }));
    await partners.insert(partnerOf('b', { clientId: 'b', senderIds: ['b'] }));
    assert.equal(await partners.replace(partnerOf('a', { clientId: 'b' }), 1), false);
    assert.equal(await partners.replace(partnerOf('a', { senderIds: ['b'] }), 1), false);
    assert.equal(await partners.replace(partnerOf('a', { clientId: 'new', senderIds: ['new'] }), 1), true);
    assert.equal(await partners.insert(partnerOf('c', { clientId: 'old', senderIds: ['old'] })), true);
  });

  it('grows its revision with every change of a partner, and only then', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { partners } = made.store;
    const seen = [await partners.revision()];
    await partners.insert(partnerOf('a'));
    seen.push(await partners.revision());
    await partners.replace(partnerOf('a', { active: false }), 1);
    seen.push(await partners.revision());
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((x, y) => x - y),
    );
    await partners.replace(partnerOf('a'), 1);
    await partners.get('a');
    assert.equal(await partners.revision(), seen.at(-1));
  });
};

const keyCases = (makeStore: MakeStore): void => {
  it('lets the first of fifty makers of a key win, and keeps its key', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { keys } = made.store;
    const won = await Promise.all(
      times(AT_ONCE, (i) => keys.insertIfAbsent(storedKey('signing-1', { keyId: `k${i}` }))),
    );
    assert.equal(won.filter(Boolean).length, 1);
    assert.deepEqual(await keys.list(), [storedKey('signing-1', { keyId: `k${won.indexOf(true)}` })]);
  });

  it('changes a key, and refuses to change one that is not there', async () => {
    await using made = await makeStore({ clock: Date.now });
    const { keys } = made.store;
    await keys.insertIfAbsent(storedKey('a'));
    const retired = storedKey('a', { retiredAt: 1_700_000_000_001, removeAt: 1_700_000_000_002 });
    await keys.update(retired);
    assert.deepEqual(await keys.list(), [retired]);
    await assert.rejects(keys.update(storedKey('b')), { name: 'StoreError' });
  });
};
