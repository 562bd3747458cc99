/** Which jobs an Agenda call means. There is a handful of them: they are looked at one by one. */

import { isDeepStrictEqual } from 'node:util';
import {
  computeJobState,
  type JobParameters,
  type JobsQueryOptions,
  type JobsResult,
  type JobsSort,
  type JobWithState,
  type RemoveJobsOptions,
} from 'agenda';

/** Undefined: no criteria are named, and nothing is meant. */
export const selector = (options: RemoveJobsOptions): ((job: JobParameters) => boolean) | undefined => {
  const { id, ids, name, names, notNames, data } = options;
  const tests: ((job: JobParameters) => boolean)[] = [];
  if (id !== undefined && id !== '') tests.push((job) => String(job._id) === String(id));
  else if (ids !== undefined && ids.length > 0) tests.push((job) => ids.map(String).includes(String(job._id)));
  if (name !== undefined && name !== '') tests.push((job) => job.name === name);
  else if (names !== undefined && names.length > 0) tests.push((job) => names.includes(job.name));
  else if (notNames !== undefined && notNames.length > 0) tests.push((job) => !notNames.includes(job.name));
  if (data !== undefined) tests.push((job) => holds(job.data, data));
  return tests.length === 0 ? undefined : (job) => tests.every((test) => test(job));
};

/** Every member of `part` is in `whole`; what is no map must be equal. */
const holds = (whole: unknown, part: unknown): boolean => {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return isDeepStrictEqual(whole, part);
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(part).every(([key, value]) => holds((whole as Record<string, unknown>)[key], value));
};

/** The value at a dotted path: `data.only`. */
export const valueAt = (job: JobParameters, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      job,
    );

/** Filter, order and page of a query. */
export const queryJobs = (jobs: readonly JobParameters[], options: JobsQueryOptions): JobsResult => {
  const { state, search, includeDisabled = true, sort, skip = 0, limit = 0 } = options;
  const meant = selector(options as RemoveJobsOptions) ?? (() => true);
  const now = new Date();
  const found = jobs
    .filter((job) => meant(job) && (includeDisabled || job.disabled !== true))
    .filter((job) => !search || job.name.toLowerCase().includes(search.toLowerCase()))
    .map((job) => ({ ...job, state: computeJobState(job, now) }) as JobWithState) // stored jobs have an id
    .filter((job) => state === undefined || (state === 'paused' ? job.disabled === true : job.state === state))
    .sort(inOrder(sort ?? { nextRunAt: 'desc', lastRunAt: 'desc' }));
  return { jobs: found.slice(skip, limit > 0 ? skip + limit : undefined), total: found.length };
};

const inOrder =
  (sort: JobsSort) =>
  (left: JobParameters, right: JobParameters): number => {
    for (const [field, direction] of Object.entries(sort)) {
      const [a, b] = [left, right].map((job) => String(sortable(valueAt(job, field))));
      if (a !== b && a !== undefined && b !== undefined) return (a < b ? -1 : 1) * (direction === 'asc' ? 1 : -1);
    }
    return 0;
  };

const sortable = (value: unknown): unknown => {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'number' ? String(value).padStart(20, '0') : JSON.stringify(value);
};
