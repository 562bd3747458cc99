/**
 * Agenda's own backend on MongoDB, with what it lacks: a unique index behind its unique inserts (it is an upsert, which two
 * replicas win both), and no save that takes the lock from a running job (agenda 6.2.6, mongo-backend 4.0.3).
 */

import { MongoBackend, type MongoBackendConfig } from '@agendajs/mongo-backend';
import type { JobParameters, JobRepository } from 'agenda';
import type { JobTable } from './job-table.ts';

/** Of a client that is connected: `db()`. */
export type MongoDatabase = Extract<MongoBackendConfig, { mongo: unknown }>['mongo'];

const COLLECTION = 'agenda_jobs';
const DUPLICATE_KEY = 11_000;

/** Unique among the jobs that have it. */
const ONLY = 'data.only';

/** Rejects when the database does not answer. */
export const createMongoJobTable = async (database: MongoDatabase): Promise<JobTable> => {
  const backend = new MongoBackend({ mongo: database, collection: COLLECTION });
  await backend.connect();
  const collection = database.collection(COLLECTION);
  await collection.createIndex({ [ONLY]: 1 }, { unique: true, partialFilterExpression: { [ONLY]: { $exists: true } } });
  const { repository } = backend;
  const done = async (): Promise<void> => undefined;
  return {
    backend: {
      name: backend.name,
      repository: Object.create(repository, { saveJob: { value: saveSafely(repository) } }) as JobRepository,
      ownsConnection: false,
      connect: done,
      disconnect: done,
    },
    bringForward: async (name, at) => {
      await collection.updateOne(
        { name, lockedAt: null, $or: [{ nextRunAt: null }, { nextRunAt: { $gt: at } }] },
        { $set: { nextRunAt: at } },
      );
    },
  };
};

const saveSafely =
  (repository: JobRepository): JobRepository['saveJob'] =>
  async (job, options) => {
    if (!insertsOnly(job)) throw new Error('saving a job again would take its lock away: insert it once');
    try {
      return await repository.saveJob(job, options);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === DUPLICATE_KEY)) throw cause;
      return repository.saveJob(job, options); // another was first: found this time
    }
  };

const insertsOnly = ({ _id, type, unique, uniqueOpts }: JobParameters): boolean => {
  if (_id !== undefined || type === 'single') return false;
  return unique === undefined || (uniqueOpts?.insertOnly === true && uniqueOpts.debounce === undefined);
};
