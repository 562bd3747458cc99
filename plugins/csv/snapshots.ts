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

type Environment = Pick<PluginEnvironment, 'log' | 'progress'>;

/** So often a load begins again where the files were written under it. */
const ATTEMPTS = 3;

/**
 * Finds the database of the files as they were when they had these marks, or makes it. Throws `ConfigProblems` for files that
 * cannot be used, and for those that somebody goes on writing: half of the old and half of the new would be no registry.
 */
export const takeSnapshot = async (
  plan: LoadPlan,
  folder: SnapshotFolder,
  environment: Environment,
  signal: AbortSignal,
  marks: string,
  attempt = 1,
): Promise<Snapshot> => {
  const snapshot = await loadOnce(plan, folder, environment, signal, marks).catch((cause: unknown) => ({ cause }));
  const after = await fileMarks(plan);
  if (after === marks || signal.aborted) {
    if ('cause' in snapshot) throw snapshot.cause;
    return snapshot;
  }
  if (attempt < ATTEMPTS) return takeSnapshot(plan, folder, environment, signal, after, attempt + 1);
  const [before, now] = [marks.split('\n'), after.split('\n')];
  const written = plan.files.filter((_, at) => before[at] !== now[at]);
  throw new ConfigProblems(
    written.map(({ table, shown }) => ({
      path: ['files', table],
      problem: `${shown} was written while it was read, ${ATTEMPTS} times`,
      fix: 'write it under another name and rename it when it is complete',
    })),
  );
};

const loadOnce = async (
  plan: LoadPlan,
  folder: SnapshotFolder,
  environment: Environment,
  signal: AbortSignal,
  marks: string,
): Promise<Snapshot> => {
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
