import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts';
import { documentsSuite, THINGS } from '../contract/documents.suite.ts';
import { lanesSuite } from '../contract/lanes.suite.ts';
import { storeSuite } from '../contract/store.suite.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';

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
      another: async (off: number) => (await made.another(() => Date.now() + off)).lanes,
    };
  });
}
