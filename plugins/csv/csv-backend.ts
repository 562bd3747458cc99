/** The files of a registry as a backend: loaded beside, replaced when they change, the old data serving meanwhile. */
import {
  BackendError,
  type BackendPlugin,
  type CallContext,
  type ChangePage,
  type ChangeRequest,
  ConfigProblems,
  type Entity,
  type PluginEnvironment,
} from 'dci-gateway/plugin';
import { changedColumns } from './changed-columns.ts';
import type { LoadPlan } from './config.ts';
import { emptiedFiles } from './emptied-files.ts';
import { fileMarks } from './fingerprint.ts';
import { type LentBackend, lendBackend } from './lent-backend.ts';
import { openSnapshotFolder } from './snapshot-folder.ts';
import { type Snapshot, takeSnapshot } from './snapshots.ts';

export interface CsvBackend extends BackendPlugin {
  /** Looks at the files now and takes over what changed; resolves when that is done. Rejects where the new files cannot be used: the old data serves on. */
  reload(): Promise<void>;
}

export interface CsvBackendParts {
  readonly plan: LoadPlan;
  readonly environment: Pick<PluginEnvironment, 'stateFolder' | 'log' | 'progress'>;
  /** A backend on a loaded database; the file is not touched before the first call. */
  readonly open: (path: string) => BackendPlugin;
  /** Milliseconds between two looks at the files; undefined: they are never looked at again. */
  readonly reloadEvery: number | undefined;
}

interface Current {
  readonly snapshot: Snapshot;
  readonly lent: LentBackend;
  readonly entities: readonly Entity[];
}

const changesOf = async (backend: BackendPlugin, request: ChangeRequest, ctx: CallContext): Promise<ChangePage> => {
  const page = await backend.changes?.(request, ctx);
  if (page === undefined) throw new BackendError('refused', 'this backend tells no changes');
  return page;
};

/** Longest that a new database may take to be looked through; its keys were proved when it was loaded. */
const DESCRIBE_MS = 60_000;

export const createCsvBackend = (parts: CsvBackendParts): CsvBackend => {
  const { plan, environment, open, reloadEvery } = parts;
  const closing = new AbortController();
  let current: Current | undefined;
  let failure: unknown;
  let running: Promise<void> | undefined;
  /** Marks of the files that were looked at last, whether they could be used or not. */
  let seen = '';
  let pending = '';

  const takeOver = async (): Promise<void> => {
    seen = await fileMarks(plan); // before anything is read: what is mended while a load fails is a change to it
    const folder = openSnapshotFolder(environment.stateFolder);
    const snapshot = await takeSnapshot(plan, folder, environment, closing.signal, seen);
    seen = snapshot.marks;
    failure = undefined;
    if (current?.snapshot.path === snapshot.path) return;
    const before = current;
    const emptied = before === undefined ? [] : emptiedFiles(plan, before.snapshot.path, snapshot.path);
    if (emptied.length > 0) throw new ConfigProblems(emptied);
    current = await openSnapshot(snapshot, before?.entities ?? []);
    await before?.lent.retire();
    folder.keepOnly(snapshot.path);
  };

  /** Ready to answer at once; refused where it would not fit the mapping that works on the old one. */
  const openSnapshot = async (snapshot: Snapshot, before: readonly Entity[]): Promise<Current> => {
    const backend = open(snapshot.path);
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(DESCRIBE_MS)]);
      const deadline = performance.now() + DESCRIBE_MS;
      const entities = await backend.describe({ signal, deadline, requestId: 'csv-load', log: environment.log });
      const changes = changedColumns(before, entities);
      if (changes.length > 0) throw new ConfigProblems(changes);
      return { snapshot, lent: lendBackend(backend), entities };
    } catch (cause) {
      await backend.close();
      throw cause;
    }
  };

  const reload = (): Promise<void> => {
    running ??= takeOver()
      .catch((cause: unknown) => {
        failure = cause;
        throw cause;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const reloadInBackground = (): void => {
    reload().catch((cause: unknown) => {
      if (closing.signal.aborted) return;
      const detail = cause instanceof Error ? cause.message : String(cause);
      const fixes = cause instanceof ConfigProblems ? cause.problems.flatMap(({ fix }) => fix ?? []) : [];
      const advice = fixes.length > 0 ? { fix: [...new Set(fixes)].join('; ') } : {};
      environment.log.error('files not taken over', { detail, ...advice, serving: current !== undefined });
    });
  };

  /** Changed, and the same at two looks in a row: whoever copies a file is done with it. */
  const look = async (): Promise<void> => {
    const marks = await fileMarks(plan);
    if (marks !== seen && marks === pending && running === undefined) reloadInBackground();
    pending = marks;
  };
  const timer = reloadEvery === undefined ? undefined : setInterval(() => void look(), reloadEvery).unref();

  const use = <T>(call: (backend: BackendPlugin) => Promise<T>): Promise<T> => {
    if (current !== undefined) return current.lent.use(call);
    const detail = failure instanceof Error ? failure.message : 'the files are being loaded';
    return Promise.reject(new BackendError('unavailable', detail, { cause: failure }));
  };

  /** The first load, for as long as the caller waits. */
  const loaded = async ({ signal }: CallContext): Promise<void> => {
    if (current !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    await Promise.race([promise, Promise.allSettled([running])]); // how it failed stands in `failure`
    if (current === undefined && failure instanceof ConfigProblems) throw failure;
  };

  reloadInBackground();
  return {
    capabilities: open('').capabilities,
    search: (query, ctx) => use((backend) => backend.search(query, ctx)),
    scans: (columns, ctx) => use(async (backend) => (await backend.scans?.(columns, ctx)) ?? []),
    changes: (request, ctx) => use(async (backend) => changesOf(backend, request, ctx)),
    checkChanges: (sources, ctx) => use(async (backend) => (await backend.checkChanges?.(sources, ctx)) ?? []),
    health: (ctx) => use((backend) => backend.health(ctx)),
    describe: async (ctx) => {
      await loaded(ctx);
      return use((backend) => backend.describe(ctx));
    },
    reload,
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await Promise.allSettled([running]);
      await current?.lent.retire();
    },
  };
};
