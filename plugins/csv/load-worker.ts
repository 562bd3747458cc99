/** Runs a load in a thread of its own, so that the gateway goes on answering. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ConfigProblem } from 'dci-gateway/plugin';
import type { LoadPlan } from './config.ts';
import { type LoadReport, loadDatabase } from './load-database.ts';
import type { BadRow } from './load-file.ts';
import { UnusableSelect } from './load-kept.ts';
import { UnusableFile } from './read-header.ts';

export interface LoadTask {
  readonly plan: LoadPlan;
  readonly path: string;
}

export type LoadMessage =
  | { readonly kind: 'progress'; readonly file: string; readonly rows: number }
  | { readonly kind: 'bad'; readonly row: BadRow }
  | { readonly kind: 'done'; readonly report: LoadReport }
  | { readonly kind: 'problem'; readonly problem: ConfigProblem };

/** A block of a wide file takes a tenth of a second; people read one line a second. */
const PROGRESS_MS = 250;

const problemOf = (cause: unknown): ConfigProblem | undefined => {
  if (cause instanceof UnusableSelect) return { path: ['entities', cause.entity, 'select'], problem: cause.problem };
  if (!(cause instanceof UnusableFile)) return undefined;
  const { table, problem, fix } = cause;
  return { path: ['files', table], problem, ...(fix !== undefined && { fix }) };
};

const run = ({ plan, path }: LoadTask, send: (message: LoadMessage) => void): void => {
  let next = performance.now() + PROGRESS_MS;
  try {
    const report = loadDatabase(plan, path, {
      progress: (file, rows) => {
        if (performance.now() < next) return;
        next = performance.now() + PROGRESS_MS;
        send({ kind: 'progress', file, rows });
      },
      bad: (row) => send({ kind: 'bad', row }),
    });
    send({ kind: 'done', report });
  } catch (cause) {
    const problem = problemOf(cause);
    if (problem === undefined) throw cause;
    send({ kind: 'problem', problem });
  }
};

// What stands in workerData was put there by load-in-worker.ts.
run(workerData as LoadTask, (message) => parentPort?.postMessage(message));
