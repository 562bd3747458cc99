/** Adds rows to a table in a SQLite file. */

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendError, type CallContext, type ConfigProblem } from 'dci-gateway/plugin';
import type { WrittenRow } from './read-row.ts';
import { NO_UNIQUE_KEY, REFUSED, type RowWriter, type WriterOptions } from './row-writer.ts';

const BUSY = 5;
const CONSTRAINT = 19;
const MISMATCH = 20;
const TOO_BIG = 18;
const ERROR = 1;
/** Between two tries while another process writes: the event loop goes on meanwhile. */
const BUSY_PAUSE_MS = 20;

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** The primary result code; 0 for what is not SQLite's. */
const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;

/** @param file absolute; it is opened when it is first needed and not made */
export const createSqliteWriter = (file: string, { table, key, columns }: WriterOptions): RowWriter => {
  const names = [key, ...columns].map(quoted);
  const sql = `insert into ${quoted(table)} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})
    on conflict (${quoted(key)}) do nothing`;
  let database: DatabaseSync | undefined;

  const open = (): DatabaseSync => {
    if (database !== undefined) return database;
    if (!existsSync(file)) throw new BackendError('unavailable', 'the SQLite file to write to is not there');
    const opened = new DatabaseSync(file, { timeout: 0 });
    opened.exec('pragma foreign_keys = on; pragma synchronous = full');
    database = opened;
    return opened;
  };

  const whenFree = async <Result>(ctx: CallContext, work: () => Result): Promise<Result> => {
    for (;;) {
      if (ctx.signal.aborted) throw new BackendError('timeout', 'the table was written by others for too long');
      try {
        return work();
      } catch (error) {
        if (codeOf(error) !== BUSY) throw error;
        await sleep(BUSY_PAUSE_MS);
      }
    }
  };

  return {
    write: async ({ key: value, values }: WrittenRow, ctx) => {
      const bound = values.map((each) => (typeof each === 'boolean' ? Number(each) : each));
      try {
        const { changes } = await whenFree(ctx, () =>
          open()
            .prepare(sql)
            .run(value, ...bound),
        );
        return { status: Number(changes) === 0 ? 'known' : 'stored' };
      } catch (error) {
        if (error instanceof BackendError) throw error;
        const code = codeOf(error);
        if (code === CONSTRAINT || code === MISMATCH || code === TOO_BIG) return REFUSED;
        throw new BackendError(code === ERROR ? 'refused' : 'unavailable', `SQLite cannot write (${code})`);
      }
    },
    check: async (ctx): Promise<readonly ConfigProblem[]> => {
      try {
        await whenFree(ctx, () => open().prepare(sql));
        return [];
      } catch (error) {
        if (codeOf(error) !== ERROR || !(error instanceof Error)) throw unavailable(error);
        if (/on conflict/i.test(error.message)) return [NO_UNIQUE_KEY];
        return [{ path: ['accept'], problem: `does not fit the table: ${error.message}` }];
      }
    },
    close: async () => {
      database?.close();
      database = undefined;
    },
  };
};

const unavailable = (error: unknown): BackendError =>
  error instanceof BackendError
    ? error
    : new BackendError('unavailable', `SQLite does not open the file (${codeOf(error)})`);
