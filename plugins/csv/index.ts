/** Registry in CSV files: loaded into a SQLite database in the state folder and queried there. */
import { basename } from 'node:path';
import { definePlugin } from 'dci-gateway/plugin';
import { createSqliteBackend } from '../relational/sqlite-backend.ts';
import { checkConfig } from './check-config.ts';
import type { CsvConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { createCsvBackend } from './csv-backend.ts';
import { plainEntities, planLoad } from './plan.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const DEFAULT_RELOAD = '10s';

const milliseconds = (duration: string): number | undefined =>
  duration === 'never' ? undefined : Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? 1000);

export default definePlugin<CsvConfig>({
  name: 'csv',
  configSchema,
  check: checkConfig,
  create: (config, environment) => {
    const entities = plainEntities(config);
    return createCsvBackend({
      plan: planLoad(config, environment.baseFolder),
      environment,
      open: (file) =>
        createSqliteBackend({
          file,
          entities,
          changes: { stateFolder: environment.stateFolder, keepsRows: true, mark: basename(file) },
        }),
      reloadEvery: milliseconds(config.reload_every ?? DEFAULT_RELOAD),
    });
  },
});
