import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { collectionOf, insertOf, wakeOf } from '../../src/store/documents.ts';
import { ensureTables } from '../../src/store/sqlite/document-tables.ts';
import { createDocuments } from '../../src/store/sqlite/documents.ts';
import { createWriter } from '../../src/store/sqlite/group-commit.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { documentsSuite, THINGS, type Thing } from '../contract/documents.suite.ts';
import { lanesSuite } from '../contract/lanes.suite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const collections = [THINGS];

documentsSuite('SQLite', async () => {
  const cleanUp = new AsyncDisposableStack();
  const { folder } = cleanUp.use(await temporaryFolder());
  let store = await openSqliteStore({ folder, clock: Date.now, collections });
  cleanUp.defer(() => store.close());
  return {
    documents: store.documents,
    lanes: store.lanes,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ folder, clock: Date.now, collections });
      return store;
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
});

lanesSuite('SQLite', async () => {
  const cleanUp = new AsyncDisposableStack();
  const { folder } = cleanUp.use(await temporaryFolder());
  let now = 1_000_000;
  const { documents, lanes, close } = await openSqliteStore({ folder, clock: () => now, collections });
  cleanUp.defer(close);
  return {
    documents,
    lanes,
    pass: async (ms) => {
      now += ms;
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
});

const thing = (_id: string, rest: Omit<Thing, '_id' | 'version'> = {}): Thing => ({ _id, version: 1, ...rest });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Versions of the gateway differ in what they index. */
const openIn = (folder: string) => (indexes: Parameters<ReturnType<typeof collectionOf<Thing>>>[1]) =>
  openSqliteStore({ folder, clock: Date.now, collections: [collectionOf<Thing>()('things', indexes)] });

describe('documents in SQLite', () => {
  it('fills the columns of an index that came later, and drops those of an index that went', async () => {
    await using place = await temporaryFolder();
    const open = openIn(place.folder);
    const before = await open({ byLife: { fields: ['live', 'dueAt'] }, mark: { fields: ['mark'], unique: true } });
    const plain = collectionOf<Thing>()('things', {});
    await before.documents.insert(plain, thing('a', { mark: 'm', live: true, dueAt: 2, inner: { kind: 'x' } }));
    await before.documents.insert(plain, thing('b', { mark: 'n', live: true, dueAt: 1 }));
    await before.close();
    const now = { byLife: { fields: ['live'] }, byInner: { fields: ['inner.kind', 'live'] } };
    for (const _ of [1, 2]) {
      const after = await open(now);
      const things = collectionOf<Thing>()('things', now);
      assert.equal((await after.documents.find(things, { index: 'byInner', equals: ['x'], limit: 9 })).length, 1);
      const ids = (await after.documents.find(things, { index: 'byLife', equals: [true], limit: 9 })).map((e) => e._id);
      assert.deepEqual(ids, ['a', 'b']);
      await after.close();
    }
    const again = await open(now);
    assert.deepEqual(
      await again.documents.insert(plain, thing('c', { mark: 'm' })),
      { done: true },
      'mark is free now',
    );
    await again.close();
  });

  it('finds by an index what a version without it wrote in between', async () => {
    await using place = await temporaryFolder();
    const open = openIn(place.folder);
    const older = { byLife: { fields: ['live'] } };
    const newer = { ...older, byMark: { fields: ['mark'] } };
    const things = collectionOf<Thing>()('things', newer);
    const upgraded = await open(newer);
    await upgraded.documents.insert(things, thing('a', { mark: 'before' }));
    await upgraded.close();
    const goneBack = await open(older);
    assert.ok(await goneBack.documents.replace(things, thing('a', { mark: 'after' })));
    await goneBack.documents.insert(things, thing('b', { mark: 'after' }));
    await goneBack.close();
    const again = await open(newer);
    const marked = async (mark: string) =>
      (await again.documents.find(things, { index: 'byMark', equals: [mark], limit: 9 })).map(({ _id }) => _id);
    assert.deepEqual([await marked('before'), await marked('after')], [[], ['a', 'b']]);
    await again.close();
  });

  it('shares one transaction among the writes of a moment', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now, collections });
    const file = join(place.folder, 'gateway.sqlite-wal');
    const { statSync } = await import('node:fs');
    const grows = async (work: () => Promise<unknown>): Promise<number> => {
      await store.tidy();
      await work();
      return statSync(file).size;
    };
    const together = await grows(() => Promise.all(times(100, (i) => store.documents.insert(THINGS, thing(`t${i}`)))));
    const alone = await grows(async () => {
      for (let i = 0; i < 100; i++) await store.documents.insert(THINGS, thing(`a${i}`));
    });
    assert.ok(together * 10 < alone, `together ${together} bytes of log, one after the other ${alone}`);
    await store.close();
  });

  it('writes what was asked for before it is closed', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now, collections });
    const writes = Promise.all(times(10, (i) => store.documents.insert(THINGS, thing(`t${i}`))));
    await store.close();
    await writes;
    await assert.rejects(store.documents.insert(THINGS, thing('late')), { name: 'StoreError' });
    await assert.rejects(store.lanes.wake('late', 0), { name: 'StoreError' });
    const again = await openSqliteStore({ folder: place.folder, clock: Date.now, collections });
    assert.equal(await again.documents.count(THINGS, { index: '_id', equals: [] }), 10);
    await again.close();
  });

  it('undoes the whole of a group that breaks, and nothing of the others', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now, collections });
    const bad = { ...thing('bad'), mark: { a: 1 } } as unknown as Thing;
    const [broken, fine] = await Promise.allSettled([
      store.documents.apply([insertOf(THINGS, thing('before')), insertOf(THINGS, bad), wakeOf('lane', 0)]),
      store.documents.apply([insertOf(THINGS, thing('other'))]),
    ]);
    assert.equal(broken.status, 'rejected');
    assert.deepEqual(fine.status === 'fulfilled' && fine.value, ['done']);
    const found = await store.documents.find(THINGS, { index: '_id', equals: [], limit: 9 });
    assert.deepEqual(
      found.map(({ _id }) => _id),
      ['other'],
    );
    await store.close();
  });

  it('waits for a command that writes, and rejects every write of the moment when it waits too long', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now, collections });
    const other = new DatabaseSync(join(place.folder, 'gateway.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const waiting = [store.documents.insert(THINGS, thing('a')), store.lanes.wake('lane', 0)];
    await new Promise((resolve) => setTimeout(resolve, 200));
    other.exec('COMMIT');
    await Promise.all(waiting);
    other.exec('BEGIN IMMEDIATE');
    const refused = await Promise.allSettled(times(3, (i) => store.documents.insert(THINGS, thing(`b${i}`))));
    for (const each of refused) assert.equal(each.status === 'rejected' && each.reason.name, 'StoreError');
    other.exec('ROLLBACK');
    other.close();
    assert.deepEqual(await store.documents.insert(THINGS, thing('b0')), { done: true });
    await store.close();
  });

  it('refuses writes when the disk is full, keeps what was there, and goes on when there is room', async () => {
    await using place = await temporaryFolder();
    const database = new DatabaseSync(join(place.folder, 'full.sqlite'));
    ensureTables(database, collections);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA max_page_count = 60');
    const writer = createWriter(database);
    const documents = createDocuments({ database, writer, collections, wake: () => assert.fail() });
    await documents.insert(THINGS, thing('kept'));
    const note = 'x'.repeat(100_000);
    const outcomes = await Promise.allSettled(times(5, (i) => documents.insert(THINGS, thing(`big${i}`, { note }))));
    assert.ok(outcomes.some(({ status }) => status === 'rejected'));
    for (const [i, outcome] of outcomes.entries()) {
      const { status } = outcome;
      assert.equal((await documents.get(THINGS, `big${i}`)) !== undefined, status === 'fulfilled', `big${i}`);
      if (status === 'rejected') assert.equal(outcome.reason.name, 'StoreError');
    }
    assert.ok(await documents.get(THINGS, 'kept'));
    database.exec('PRAGMA max_page_count = 6000');
    assert.deepEqual(await documents.insert(THINGS, thing('big4', { note })), { done: true });
    database.close();
  });

  it('takes over at once the lanes of a gateway that ended, and not when only a command looks in', async () => {
    await using place = await temporaryFolder();
    const open = (role: 'gateway' | 'command') =>
      openSqliteStore({ folder: place.folder, clock: Date.now, collections, role });
    const first = await open('gateway');
    await first.lanes.wake('lane', 0);
    assert.ok(await first.lanes.take('lane', 'first', 60_000));
    await (await open('command')).close();
    assert.equal(await first.lanes.take('lane', 'another', 60_000), undefined);
    await first.close();
    const second = await open('gateway');
    assert.deepEqual(await second.lanes.due(9), ['lane']);
    assert.ok(await second.lanes.take('lane', 'second', 60_000));
    await second.close();
  });
});
