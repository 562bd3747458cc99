import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { createMongoJobTable } from '../../../src/jobs/agenda/mongo-backend.ts';
import { startTimetable } from '../../../src/jobs/agenda/wire.ts';
import type { Jobs } from '../../../src/jobs/jobs.ts';
import { agendaBackendSuite } from '../../contract/agenda-backend.suite.ts';
import { type MongoServer, newDatabaseName, startMongo } from '../../support/mongo.ts';
import { recordedLog } from '../../support/recorded-log.ts';

const server: MongoServer | undefined = await startMongo();
const skip = server === undefined;
let client: MongoClient;

before(async () => {
  if (server !== undefined) client = await new MongoClient(server.url).connect();
});

after(async () => {
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

const newDatabase = () => {
  const name = newDatabaseName();
  return {
    open: () => createMongoJobTable(client.db(name)),
    [Symbol.asyncDispose]: async () => void (await client.db(name).dropDatabase()),
  };
};

agendaBackendSuite('Agenda on MongoDB', async () => newDatabase(), skip);

test('two gateways that start at once have one timetable, and either does its work', { skip }, async () => {
  await using database = newDatabase();
  const calls: string[] = [];
  const { log, lines } = recordedLog();
  const start = async (owner: string) => {
    const jobs: Jobs = {
      wake: () => undefined,
      wakeDue: async () => {
        calls.push(owner);
        return 100;
      },
      sweep: async () => undefined,
      onLater: () => undefined,
      idle: async () => undefined,
      close: async () => undefined,
    };
    return startTimetable({
      ...{ jobs, owner, log, table: await database.open(), wakeLane: async () => undefined, polls: [] },
      ...{ retain: async () => undefined, sweepEveryMs: 1_000, retainEveryMs: 60_000 },
    });
  };
  const timetables = await Promise.all([start('left'), start('right')]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const [left, right] = timetables;
  await left?.close(2_000);
  const before = calls.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  await right?.close(2_000);
  assert.ok(before >= 3 && before <= 16, `${before} wake-ups`);
  assert.ok(calls.slice(before).length >= 1 && calls.slice(before).every((owner) => owner === 'right'));
  const { repository } = (await database.open()).backend;
  const { jobs, total } = await repository.queryJobs({});
  assert.equal(total, 4);
  assert.ok(jobs.every(({ lockedAt }) => lockedAt === undefined));
  assert.deepEqual(lines, []);
});

test('a MongoDB that is stopped and started again is survived: logged, nothing rejected unheard, and it goes on', {
  skip,
}, async () => {
  const own = await startMongo({ own: true });
  assert.ok(own);
  await using server = own;
  const unheard: unknown[] = [];
  const onUnheard = (cause: unknown): void => void unheard.push(cause);
  process.on('unhandledRejection', onUnheard);
  const ownClient = await new MongoClient(server.url, {
    serverSelectionTimeoutMS: 500,
    socketTimeoutMS: 2_000,
  }).connect();
  const { log, lines } = recordedLog();
  let wakes = 0;
  const jobs: Jobs = {
    wake: () => undefined,
    wakeDue: async () => {
      wakes++;
      return 50;
    },
    sweep: async () => undefined,
    onLater: () => undefined,
    idle: async () => undefined,
    close: async () => undefined,
  };
  const timetable = await startTimetable({
    ...{ jobs, owner: 'one', log, wakeLane: async () => undefined, polls: [], retain: async () => undefined },
    ...{ table: await createMongoJobTable(ownClient.db('dci')), sweepEveryMs: 500, retainEveryMs: 60_000 },
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.ok(wakes > 0);
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const told = lines.filter(({ message }) => message === 'timetable failed').length;
  assert.ok(told >= 1 && told <= 2, `${told} lines`);
  await server.restart();
  const before = wakes;
  const giveUpAt = performance.now() + 20_000;
  while (wakes < before + 3 && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(wakes >= before + 3, 'it goes on by itself');
  await timetable.close(5_000);
  await ownClient.close();
  process.off('unhandledRejection', onUnheard);
  assert.deepEqual(unheard, []);
});
