/** Registry in CSV files: loaded into a SQLite database in the state folder and queried there. */
import { ConfigProblems, definePlugin } from 'dci-gateway/plugin';
import { createSqliteBackend } from '../relational/sqlite-backend.ts';
import { checkConfig } from './check-config.ts';
import type { CsvConfig, FilePlan, LoadPlan } from './config.ts';
import { configSchema } from './config-schema.ts';
import { createCsvBackend } from './csv-backend.ts';
import { plainEntities, planLoad } from './plan.ts';
import { readHeader, UnusableFile } from './read-header.ts';
import { openSnapshotFolder } from './snapshot-folder.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const DEFAULT_RELOAD = '10s';

const milliseconds = (duration: string): number | undefined =>
  duration === 'never' ? undefined : Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? 1000);

const headerProblem = (plan: FilePlan) => {
  try {
    readHeader(plan);
    return [];
  } catch (cause) {
    if (!(cause instanceof UnusableFile)) throw cause;
    const { problem, fix } = cause;
    return [{ path: ['files', plan.table], problem, ...(fix !== undefined && { fix }) }];
  }
};

/** A file that is missing, no CSV or has the wrong columns is a mistake of the configuration: it stops the start. */
const checkFiles = (plan: LoadPlan): void => {
  const problems = plan.files.flatMap(headerProblem);
  if (problems.length > 0) throw new ConfigProblems(problems);
};

export default definePlugin<CsvConfig>({
  name: 'csv',
  configSchema,
  check: checkConfig,
  create: (config, environment) => {
    const plan = planLoad(config, environment.baseFolder);
    checkFiles(plan);
    const entities = plainEntities(config);
    return createCsvBackend({
      plan,
      folder: openSnapshotFolder(environment.stateFolder),
      environment,
      open: (file) => createSqliteBackend({ file, entities }),
      reloadEvery: milliseconds(config.reload_every ?? DEFAULT_RELOAD),
    });
  },
});
