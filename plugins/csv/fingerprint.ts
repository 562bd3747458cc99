import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { LoadPlan } from './config.ts';

/** Grows when a stored database of an older version can no longer be used. */
const FORMAT = 1;

/** SHA-256 of each file, by table. */
export type Digests = Readonly<Record<string, string>>;

export const digestFiles = async ({ files }: LoadPlan, signal: AbortSignal): Promise<Digests> => {
  const digests: Record<string, string> = {};
  for (const { table, path } of files) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk);
    digests[table] = hash.digest('hex');
  }
  return digests;
};

/** Names the database that these files and this configuration make. */
export const fingerprint = ({ files, kept }: LoadPlan, digests: Digests): string => {
  const content = files.map(({ path: _, shown: __, ...plan }) => [plan, digests[plan.table]]);
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, content, kept]))
    .digest('hex')
    .slice(0, 32);
};

/** Changes whenever a file is written: cheap to ask, unlike its content. A file that is gone has its own mark. */
export const fileMarks = async ({ files }: LoadPlan): Promise<string> => {
  const marks = files.map(async ({ path }) => {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      return `${mtimeMs} ${size} ${ino}`;
    } catch (cause) {
      return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    }
  });
  return (await Promise.all(marks)).join('\n');
};
