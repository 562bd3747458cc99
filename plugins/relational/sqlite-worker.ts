/** The other thread: runs the statements that read too much for the thread that serves. */

import { parentPort, workerData } from 'node:worker_threads';
import { OutOfTime, SqliteConnection } from './sqlite-connection.ts';
import type { SqliteJob, SqliteReply } from './sqlite-threads.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker only');
const { file } = workerData as { readonly file: string };
let connection: SqliteConnection | undefined;

const run = ({ text, params, deadline, cancelled }: SqliteJob): SqliteReply => {
  const goOn = () => performance.timeOrigin + performance.now() < deadline && Atomics.load(cancelled, 0) === 0;
  try {
    connection ??= new SqliteConnection(file);
    if (!goOn()) return { kind: 'timeout' };
    return { kind: 'rows', rows: connection.all(text, params, goOn) };
  } catch (error) {
    if (error instanceof OutOfTime) return { kind: 'timeout' };
    return { kind: 'error', message: error instanceof Error ? error.message : 'unknown', code: errorNumber(error) };
  }
};

const errorNumber = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;

port.on('message', (job: SqliteJob) => port.postMessage(run(job)));
