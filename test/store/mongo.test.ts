import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { collectionOf, insertIfAbsentOf, insertOf } from '../../src/store/documents.ts';
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts';
import { documentsSuite, THINGS, type Thing } from '../contract/documents.suite.ts';
import { lanesSuite } from '../contract/lanes.suite.ts';
import { storeSuite } from '../contract/store.suite.ts';
import { freePort } from '../support/local-server.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';
import { startRelay } from '../support/tcp-relay.ts';

/** The function on a machine whose clock is off: what it asks `Date.now` when it is called. */
const onWrongClock =
  (offMs: number) =>
  <A extends unknown[], R>(work: (...given: A) => R) =>
  (...given: A): R => {
    const { now } = Date;
    Date.now = () => now() + offMs;
    try {
      return work(...given);
    } finally {
      Date.now = now;
    }
  };

const server = await startMongo();
after(() => server?.[Symbol.asyncDispose]());

if (server !== undefined) {
  const { url } = server;
  const collections = [THINGS];
  const name = `MongoDB (${server.kind})`;

  const openOne = async (clock = Date.now) => {
    const cleanUp = new AsyncDisposableStack();
    const database = newDatabaseName();
    cleanUp.defer(() => server.drop(database));
    const another = async (otherClock = clock) => {
      const store = await openMongoStore({ url, database, clock: otherClock, collections });
      cleanUp.defer(() => store.close());
      return store;
    };
    const store = await another();
    return {
      store,
      another,
      documents: store.documents,
      lanes: store.lanes,
      [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
    };
  };

  storeSuite(name, ({ clock }) => openOne(clock));
  documentsSuite(name, async () => {
    const made = await openOne();
    return { ...made, reopen: () => made.another() };
  });
  lanesSuite(name, async () => {
    const made = await openOne();
    return {
      ...made,
      pass: (ms: number) => pause(ms),
      another: async (off: number) => {
        const { lanes } = await made.another(() => Date.now() + off);
        const { wake, take, renew, release, due, nextDueInMs, forgetIdle } = lanes;
        const at = onWrongClock(off);
        return {
          wake: at(wake),
          take: at(take),
          renew: at(renew),
          release: at(release),
          due: at(due),
          nextDueInMs: at(nextDueInMs),
          forgetIdle: at(forgetIdle),
        };
      },
    };
  });

  const thing = (_id: string, rest: Omit<Thing, '_id' | 'version'> = {}): Thing => ({ _id, version: 1, ...rest });

  describe('the store on MongoDB', () => {
    it('is an error at start when no server is there, without the credentials of its address', async () => {
      const dead = `mongodb://gateway:secret@127.0.0.1:${await freePort()}/`;
      const started = performance.now();
      await assert.rejects(
        openMongoStore({ url: dead, database: 'd', clock: Date.now, connectMs: 300 }),
        (error: Error) => {
          assert.equal(error.name, 'StoreError');
          assert.match(error.message, /MongoDB at 127\.0\.0\.1:\d+ does not answer/);
          assert.doesNotMatch(error.message, /secret|gateway:/);
          return true;
        },
      );
      assert.ok(performance.now() - started < 5_000);
      const odd = openMongoStore({ url: 'mongodb://', database: 'd', clock: Date.now });
      await assert.rejects(odd, { name: 'StoreError', message: /store\.mongodb\.url/ });
    });

    it('opens five times at once on an empty database, and again on a full one', async () => {
      await using made = await openOne();
      const stores = await Promise.all([1, 2, 3, 4].map(() => made.another()));
      const [first] = stores;
      assert.deepEqual(await first?.documents.insert(THINGS, thing('a', { mark: 'm' })), { done: true });
      for (const each of [...stores, await made.another()])
        assert.deepEqual(await each.documents.insert(THINGS, thing('b', { mark: 'm' })), { done: false, by: 'mark' });
    });

    it('brings documents to indexes that came or changed later', async () => {
      const database = newDatabaseName();
      const open = (indexes: Parameters<ReturnType<typeof collectionOf<Thing>>>[1]) =>
        openMongoStore({ url, database, clock: Date.now, collections: [collectionOf<Thing>()('things', indexes)] });
      const old = { byLife: { fields: ['live', 'dueAt'] } };
      const before = await open(old);
      const oldThings = collectionOf<Thing>()('things', old);
      await before.documents.insert(oldThings, thing('a', { mark: 'm', live: true, dueAt: 2, inner: { kind: 'x' } }));
      await before.documents.insert(oldThings, thing('b', { mark: 'n', live: true, dueAt: 1 }));
      await before.close();
      const now = {
        byLife: { fields: ['live'] },
        byInner: { fields: ['inner.kind'] },
        mark: { fields: ['mark'], unique: true },
      };
      const things = collectionOf<Thing>()('things', now);
      for (const _ of [1, 2]) {
        const { documents, close } = await open(now);
        assert.equal((await documents.find(things, { index: 'byInner', equals: ['x'], limit: 9 })).length, 1);
        const live = await documents.find(things, { index: 'byLife', equals: [true], limit: 9 });
        assert.deepEqual(
          live.map(({ _id, version }) => [_id, version]),
          [
            ['a', 1],
            ['b', 1],
          ],
        );
        assert.deepEqual(await documents.insert(things, thing('c', { mark: 'n' })), { done: false, by: 'mark' });
        await close();
      }
      await server.drop(database);
    });

    it('is not done while the server is gone, says so in time, and goes on by itself with what was acknowledged', async () => {
      const own = await startMongo({ own: true });
      assert.ok(own);
      await using _server = own;
      const store = await openMongoStore({ url: own.url, database: 'd', clock: Date.now, collections, connectMs: 500 });
      await store.documents.insert(THINGS, thing('kept', { mark: 'm' }));
      await store.lanes.wake('lane', 0);
      const lease = await store.lanes.take('lane', 'me', 60_000);
      assert.ok(lease);
      await own.stop();
      const started = performance.now();
      const calls = await Promise.allSettled([
        store.documents.get(THINGS, 'kept'),
        store.documents.insert(THINGS, thing('b')),
        store.documents.apply([{ kind: 'wake', lane: 'lane', inMs: 0 }]),
        store.documents.apply([insertOf(THINGS, thing('c'))]),
        store.documents.apply([insertIfAbsentOf(THINGS, thing('d')), insertIfAbsentOf(THINGS, thing('e'))]),
        store.lanes.wake('lane', 0),
        store.lanes.take('lane', 'me', 1),
        store.lanes.release(lease, undefined),
        store.lanes.due(1),
        store.partners.list(),
        store.keys.list(),
        store.replay.remember('p', 'm', 'd', Date.now() + 1000),
        store.health(),
      ]);
      for (const call of calls) assert.equal(call.status === 'rejected' && call.reason.name, 'StoreError');
      assert.ok(performance.now() - started < 10_000, 'told in time');
      await own.restart();
      await store.health();
      assert.deepEqual(await store.documents.get(THINGS, 'kept'), thing('kept', { mark: 'm' }));
      assert.equal(await store.lanes.take('lane', 'other', 1), undefined, 'the lease lives on');
      assert.ok(await store.lanes.renew(lease, 1000));
      await store.close();
    });

    it('gives up on a server that answers nothing any more', async () => {
      await using relay = await startRelay(url);
      const through = `mongodb://127.0.0.1:${relay.port}/?directConnection=true`;
      const database = newDatabaseName();
      const store = await openMongoStore({ url: through, database, clock: Date.now, collections });
      relay.hold();
      const started = performance.now();
      await assert.rejects(store.documents.insert(THINGS, thing('a')), { name: 'StoreError', message: /in time/ });
      assert.ok(performance.now() - started < 8_000);
      relay.release();
      await store.close();
      await server.drop(database);
    });
  });
}
