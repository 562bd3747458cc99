import { Worker } from 'node:worker_threads';
import { ConfigProblems, type PluginEnvironment } from 'dci-gateway/plugin';
import type { LoadReport } from './load-database.ts';
import type { LoadMessage, LoadTask } from './load-worker.ts';

/** Shorter loads say nothing on the terminal. */
const QUIET_MS = 1000;

/** What a load throws away is collected before it grows beyond this. A block of records takes a few megabytes. */
const HEAP = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 24 };

/** In the installed package the thread's file is JavaScript, here it is TypeScript. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './load-worker.ts' : './load-worker.js', import.meta.url);

const thousands = (rows: number): string => rows.toLocaleString('en-US');

/** Says how far a load is, once a second after the first second. */
const startProgress = (say: (line: string) => void) => {
  let next = performance.now() + QUIET_MS;
  let spoke = false;
  return {
    at: (file: string, rows: number): void => {
      if (performance.now() < next) return;
      next = performance.now() + QUIET_MS;
      spoke = true;
      say(`${file}: ${thousands(rows)} rows`);
    },
    done: (report: LoadReport, shown: (table: string) => string): void => {
      if (!spoke) return;
      for (const [table, { rows, badRows }] of Object.entries(report)) {
        say(`${shown(table)}: ${thousands(rows)} rows loaded${badRows > 0 ? `, ${thousands(badRows)} left out` : ''}`);
      }
    },
  };
};

/** The rows were told one by one; that they are many is told once more. */
const warnOfBadRows = (file: string, rows: number, badRows: number, log: PluginEnvironment['log']): void => {
  if (badRows === 0) return;
  const share = `${((100 * badRows) / (rows + badRows)).toFixed(1)} %`;
  const message = badRows > rows ? 'MOST ROWS WERE LEFT OUT' : 'rows were left out';
  log.warn(message, { file, left_out: badRows, of: rows + badRows, share });
};

/** Loads in a thread. Throws `ConfigProblems` for files and SELECTs that cannot be used. */
export const loadInWorker = async (
  task: LoadTask,
  { log, progress }: Pick<PluginEnvironment, 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<LoadReport> => {
  signal.throwIfAborted();
  const worker = new Worker(WORKER, { workerData: task, name: 'csv load', resourceLimits: HEAP });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const told = startProgress(progress);
  try {
    const report = await new Promise<LoadReport>((resolve, reject) => {
      worker.on('message', (message: LoadMessage) => {
        if (message.kind === 'progress') told.at(message.file, message.rows);
        else if (message.kind === 'bad') {
          const { file, line, problem } = message.row;
          log.warn('row left out', { at: `${file}:${line}`, problem });
        } else if (message.kind === 'done') resolve(message.report);
        else reject(new ConfigProblems([message.problem]));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the load was broken off')));
    });
    const shown = (table: string): string => task.plan.files.find((file) => file.table === table)?.shown ?? table;
    told.done(report, shown);
    for (const [table, { rows, badRows }] of Object.entries(report)) warnOfBadRows(shown(table), rows, badRows, log);
    return report;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
};
