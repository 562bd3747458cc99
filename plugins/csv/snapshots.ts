import { ConfigProblems, type PluginEnvironment } from 'dci-gateway/plugin';
import { checkFiles } from './check-files.ts';
import type { LoadPlan } from './config.ts';
import { type Digests, digestFiles, fileMarks, fingerprint } from './fingerprint.ts';
import { loadInWorker } from './load-in-worker.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';

export interface Snapshot {
  readonly path: string;
  /** `fileMarks` of the files before they were read. */
  readonly marks: string;
}

/** Finds the database of the files as they are now, or makes it. Throws `ConfigProblems` for files that cannot be used. */
export const takeSnapshot = async (
  plan: LoadPlan,
  folder: SnapshotFolder,
  environment: Pick<PluginEnvironment, 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<Snapshot> => {
  const marks = await fileMarks(plan);
  checkFiles(plan);
  const wanted = fingerprint(plan, await digestFiles(plan, signal).catch(asProblem(signal)));
  const found = folder.find(wanted);
  if (found !== undefined) return { path: found, marks };

  const started = performance.now();
  const unfinished = folder.unfinished();
  try {
    const report = await loadInWorker({ plan, path: unfinished }, environment, signal);
    const digests: Digests = Object.fromEntries(Object.entries(report).map(([table, { digest }]) => [table, digest]));
    // Of what was read, not of what was there before: a file may change in between.
    const made = fingerprint(plan, digests);
    const totals = Object.values(report);
    environment.log.info('files loaded', {
      files: totals.length,
      rows: totals.reduce((sum, { rows }) => sum + rows, 0),
      badRows: totals.reduce((sum, { badRows }) => sum + badRows, 0),
      ms: Math.round(performance.now() - started),
    });
    return { path: folder.finish(unfinished, made), marks };
  } catch (cause) {
    folder.discard(unfinished);
    throw cause;
  }
};

const asProblem =
  (signal: AbortSignal) =>
  (cause: unknown): never => {
    if (signal.aborted || !(cause instanceof Error && 'code' in cause && 'path' in cause)) throw cause;
    throw new ConfigProblems([
      { path: ['files'], problem: `${String(cause.path)} cannot be read (${String(cause.code)})` },
    ]);
  };
