/**
 * Agenda's own backend on MongoDB, with what it lacks: a unique index behind its unique inserts (it is an upsert, which two
 * replicas win both), and no save that takes the lock from a running job (agenda 6.2.6, mongo-backend 4.0.3).
 */

import { MongoBackend, type MongoBackendConfig } from '@agendajs/mongo-backend';
import type { JobParameters, JobRepository, JobRepositoryOptions } from 'agenda';
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
  async <DATA>(job: JobParameters<DATA>, options: JobRepositoryOptions | undefined): Promise<JobParameters<DATA>> => {
    const { _id, type, unique, uniqueOpts, ...plain } = job;
    if (_id !== undefined || type === 'single') throw new Error(AGAIN);
    if (unique === undefined) return repository.saveJob(job, options);
    if (uniqueOpts?.insertOnly !== true || uniqueOpts.debounce !== undefined) throw new Error(AGAIN);
    const known = async (): Promise<JobParameters<DATA> | undefined> => {
      const { jobs } = await repository.queryJobs({ name: job.name, data: { only: unique[ONLY] }, limit: 1 });
      return jobs[0] as JobParameters<DATA> | undefined; // the data of one that is the same job
    };
    const found = await known();
    if (found !== undefined) return found;
    try {
      return await repository.saveJob({ ...plain, type }, options);
    } catch (cause) {
      const other = isDuplicate(cause) ? await known() : undefined;
      if (other === undefined) throw cause;
      return other; // was first
    }
  };

const AGAIN = 'saving a job again would take its lock away: insert it once';

const isDuplicate = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === DUPLICATE_KEY;
