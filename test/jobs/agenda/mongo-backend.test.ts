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
