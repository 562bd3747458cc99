/** Folders with CSV files for tests, and what a load of them says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { CsvConfig } from '../../../plugins/csv/config.ts';
import { loadDatabase } from '../../../plugins/csv/load-database.ts';
import { planLoad } from '../../../plugins/csv/plan.ts';

export interface Folder extends Disposable {
  readonly path: string;
  write(name: string, content: string | Buffer): void;
}

export const makeFolder = (files: Readonly<Record<string, string | Buffer>> = {}): Folder => {
  const path = mkdtempSync(join(tmpdir(), 'dci-csv-'));
  const write = (name: string, content: string | Buffer) => writeFileSync(join(path, name), content);
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

/** Loads as the worker does; `rows` asks the result. */
export const load = (config: Partial<CsvConfig> & Pick<CsvConfig, 'files'>, folder: Folder) => {
  const entities = Object.fromEntries(Object.keys(config.files).map((table) => [table, { table }]));
  const plan = planLoad({ entities, ...config }, folder.path);
  const path = join(folder.path, 'loaded.sqlite');
  rmSync(path, { force: true });
  const bad: string[] = [];
  const report = loadDatabase(plan, path, {
    progress: () => undefined,
    bad: ({ file, line, problem }) => bad.push(`${file}:${line} ${problem}`),
  });
  const rows = (sql: string) => {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database
        .prepare(sql)
        .all()
        .map((row) => Object.values(row));
    } finally {
      database.close();
    }
  };
  return { bad, report, rows, path };
};
